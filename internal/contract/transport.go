package contract

import (
	"bytes"
	"io"
	"net/http"
	"testing"
)

// Transport sends requests with base, or http.DefaultTransport when that is nil, and
// fails the test for every difference between an exchange and the document.
func Transport(tb testing.TB, base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return transport{tb, base}
}

type transport struct {
	tb   testing.TB
	base http.RoundTripper
}

// RoundTrip reads an answer to its end, unless it is a stream.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.tb.Helper()
	sent, body, err := detach(r)
	if err != nil {
		return nil, err
	}
	resp, err := t.base.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	e := &exchange{method: r.Method, url: r.URL, sent: r.Header, body: body, status: resp.StatusCode, header: resp.Header, stream: isStream(resp.Header)}
	if !e.stream {
		e.answer, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(e.answer))
	}
	if err != nil {
		return nil, err
	}
	check(t.tb, e)
	return resp, nil
}

// detach reads a request's body, so that it can be sent and kept: the transport below
// may still be reading when the answer is there.
func detach(r *http.Request) (*http.Request, []byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, nil, nil
	}
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	sent := r.Clone(r.Context())
	sent.Body = io.NopCloser(bytes.NewReader(body))
	return sent, body, err
}
