package problem

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/minitill/minitill/wallet"
)

// requestIDHeader is in the form in which Go keeps header names.
const requestIDHeader = "X-Request-Id"

const longestRequestID = 64

// requestKey is the key of a request's id in its context.
type requestKey struct{}

// RequestOf is the id of the request that a context is of, for logs; empty without one.
func RequestOf(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// Identify gives every response of next an X-Request-Id, and the request's context that id: the request's own when it is
// 1 to 64 characters of A-Z, a-z, 0-9, _ and - without a payment card's number, else a new
// one.
func Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestIDHeader)
		if !sane(id) {
			id = "req_" + rand.Text()
		}
		w.Header()[requestIDHeader] = []string{id}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, id)))
	})
}

// RequestID is the id that Identify gave a response; empty without it.
func RequestID(w http.ResponseWriter) string { return w.Header().Get(requestIDHeader) }

func sane(id string) bool {
	if id == "" || len(id) > longestRequestID || wallet.HasCardNumber(id) {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
