package openapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/minitill/minitill/bridge/server/openapi"
)

// The page and the document beside what they describe.
func ExampleDocs() {
	mux := http.NewServeMux()
	docs := openapi.Docs("https://pay.example")
	for _, address := range []string{"/docs", "/docs/", "/openapi.json"} {
		mux.Handle(address, docs)
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/docs", nil))
	fmt.Println(w.Code, strings.Contains(w.Body.String(), "Create an order"))
	// Output: 200 true
}
