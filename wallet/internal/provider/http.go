package provider

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Below returns path without the prefix base: requests are served with and without the path of
// the public URL, so that a simulator can be mounted under any prefix.
func Below(base, path string) string {
	if rest, found := strings.CutPrefix(path, base); found && strings.HasPrefix(rest, "/") {
		return rest
	}
	return path
}

// Body reads the body of a request, of at most so many bytes.
func Body(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(w, r.Body, most))
}

// Serve answers one call. It takes the rule that decides about the call, executes the faults
// that are the same at every provider, and leaves all others to the wallet: execute runs the
// call and returns the function that then writes its answer.
func (f *Faults) Serve(w http.ResponseWriter, r *http.Request, endpoint string, execute func(Rule) (answer func())) {
	rule := f.Call(endpoint)
	if rule.Fault == CutBefore {
		Cut(w)
		return
	}
	answer := execute(rule)
	switch rule.Fault {
	case CutAfter:
		Cut(w)
		return
	case ServerError:
		WriteRaw(w, http.StatusBadGateway, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>")
		return
	case GarbageAnswer:
		WriteRaw(w, http.StatusOK, "application/json", "{\"paymentId\":\x00\xff")
		return
	case SlowAnswer:
		const usual = 2 * time.Second
		wait(r, cmp.Or(rule.Delay, usual))
	}
	answer()
}

// Cut closes the connection without an answer. A hijack is tried first, because a
// recovering router would turn the panic into an answer.
func Cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_ = conn.Close()
}

// wait delays an answer until the caller disconnects or the delay is over.
func wait(r *http.Request, delay time.Duration) {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// WriteRaw writes an answer that no cache keeps.
func WriteRaw(w http.ResponseWriter, status int, contentType, body string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// WriteJSON writes an answer of the simulator itself. The provider's own answers may need
// another encoding and a signature.
func WriteJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // our own types always encode
	}
	WriteRaw(w, status, "application/json", string(text))
}

// Client returns a client that delivers notifications, several at once to one receiver.
// It follows no redirect: a notification is for one address.
func Client(workers int) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = workers
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// WebURL reports whether s is an absolute http or https URL without credentials.
func WebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}
