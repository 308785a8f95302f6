package webhook_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/minitill/minitill/bridge/webhook"
)

// A merchant's backend in Go verifies a webhook over the bytes as they came, before it
// reads them.
func ExampleVerify() {
	key, err := webhook.ParseKey(webhook.GenerateSecret()) // in earnest, the endpoint's
	if err != nil {
		panic(err)
	}
	backend := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		id, err := webhook.Verify(r.Header, body, time.Now(), key)
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Println("heard", id) // the id is the same when it comes again
	}
	r := httptest.NewRequest(http.MethodPost, "/hook", nil)
	r.Header = webhook.Headers("dlv_1", time.Now(), nil, key)
	w := httptest.NewRecorder()
	backend(w, r)
	fmt.Println(w.Code)
	// Output:
	// heard dlv_1
	// 200
}

func ExampleCheckURL() {
	for _, url := range []string{"https://shop.example/hook", "http://shop.example/hook", "https://169.254.169.254/"} {
		fmt.Println(webhook.CheckURL(url, false))
	}
	// Output:
	// <nil>
	// webhook.CheckURL: invalid: The request is not valid.; url must be https, unless the setting server.privateWebhooks allows http
	// webhook.CheckURL: invalid: The request is not valid.; url must not be an address of a private or reserved network, unless the setting server.privateWebhooks allows it
}
