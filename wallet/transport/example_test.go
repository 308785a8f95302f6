package transport_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/transport"
)

func ExampleDo() {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls > 1 {
			panic(http.ErrAbortHandler) // the request was read, the connection breaks
		}
		http.Error(w, "no such payment", http.StatusNotFound)
	}))
	client, header := transport.Client(), http.Header{"Content-Type": {"application/json"}}
	call := func() (transport.Answer, error) {
		return transport.Do(context.Background(), client, http.MethodPost, server.URL+"/query?v=2", header, []byte(`{"id":"R1"}`))
	}

	answer, err := call()
	fmt.Println(answer.Status, err)
	_, err = call()
	fmt.Println(fault.KindOf(err))
	server.Close()
	_, err = call()
	fmt.Println(fault.KindOf(err))
	// Output:
	// 404 <nil>
	// unknown
	// unavailable
}
