package tilltest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
)

// network answers requests by handlers in memory, each at its host.
type network map[string]http.Handler

// RoundTrip answers a request as the server of its host does.
func (n network) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	served := r.Clone(r.Context())
	served.RequestURI, served.RemoteAddr = r.URL.RequestURI(), "192.0.2.1:4711"
	served.Body = http.NoBody
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		served.Body = io.NopCloser(bytes.NewReader(body))
	}
	recorder := httptest.NewRecorder()
	n[r.URL.Host].ServeHTTP(recorder, served)
	answer := recorder.Result()
	answer.Request = r
	return answer, nil
}

// client is an HTTP client of the network that follows no redirect.
func (n network) client() *http.Client {
	return &http.Client{Transport: n, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
