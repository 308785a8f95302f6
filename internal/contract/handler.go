package contract

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Handler forwards requests to next, and fails the test for every difference between an
// exchange and the document.
func Handler(tb testing.TB, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &exchange{method: r.Method, url: r.URL, sent: r.Header.Clone()}
		copied := r.WithContext(r.Context())
		kept := keep(&copied.Body)
		rec := &recorder{ResponseWriter: w, exchange: e}
		next.ServeHTTP(rec, copied)
		rec.WriteHeader(http.StatusOK)
		e.body = kept.Bytes()
		check(tb, e)
	})
}

// keep returns a buffer of what is read of a body.
func keep(body *io.ReadCloser) *bytes.Buffer {
	var kept bytes.Buffer
	if *body != nil && *body != http.NoBody {
		*body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(*body, &kept), *body}
	}
	return &kept
}

// recorder records a response while it is written.
type recorder struct {
	http.ResponseWriter
	exchange *exchange
}

// WriteHeader notes the status and the headers as they are sent.
func (r *recorder) WriteHeader(status int) {
	if r.exchange.status != 0 {
		return
	}
	r.exchange.status, r.exchange.header = status, r.Header().Clone()
	r.exchange.stream = isStream(r.Header())
	r.ResponseWriter.WriteHeader(status)
}

// Write keeps what a test may read too, except of a stream.
func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	if !r.exchange.stream {
		r.exchange.answer = append(r.exchange.answer, b...)
	}
	return r.ResponseWriter.Write(b)
}

// Flush is for routers that want it of a writer itself.
func (r *recorder) Flush() { _ = http.NewResponseController(r.ResponseWriter).Flush() }

// Unwrap lets an http.ResponseController set deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func isStream(h http.Header) bool {
	return strings.HasPrefix(h.Get("Content-Type"), "text/event-stream")
}
