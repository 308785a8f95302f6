package problem_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/minitill/minitill/bridge/problem"
)

func ExampleDecode() {
	r := request(`{"items":[{"sku":"tea","quantity":1,"price":"0.01"}]}`, "application/json")
	w := httptest.NewRecorder()
	var b basket
	if _, err := problem.Decode(w, r, &b); err != nil {
		problem.Renderer{}.Write(w, r, err)
	}
	fmt.Println(w.Code == http.StatusBadRequest, w.Body)
	// Output:
	// true {"type":"/problems/invalid","title":"Invalid request","status":400,"code":"invalid","detail":"The request is not valid.","errors":[{"field":"items[0].price","detail":"is not a member of this request"}]}
}
