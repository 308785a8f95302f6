package contract_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/minitill/minitill/internal/contract"
)

// One line around a handler compares all that a test sends it with the document.
func ExampleHandler() {
	_ = func(t *testing.T, api http.Handler) {
		api = contract.Handler(t, api)
		api.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/healthz", nil))
	}
}
