package problem

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/minitill/minitill/fault"
)

// Renderer answers requests with the problems of faults, and logs each fault once. Its
// zero value writes relative types and no log.
type Renderer struct {
	Base string // the public URL, before the problem types
	Log  *slog.Logger
}

// Write answers r with err's document. The request id is the one that Identify gave
// the response.
func (p Renderer) Write(w http.ResponseWriter, r *http.Request, err error) {
	send(w, p.Report(w, r, err))
}

// Report logs err, sets the headers of its answer, and returns its document, for an answer
// that is not written as JSON.
func (p Renderer) Report(w http.ResponseWriter, r *http.Request, err error) Document {
	d := p.Document(w, err)
	p.log(r, d, err)
	if after := fault.Of(err).RetryAfter; after > 0 {
		w.Header().Set("Retry-After", RetryAfter(after))
	}
	if d.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	return d
}

// Document is err's document as an answer through w would carry it.
func (p Renderer) Document(w http.ResponseWriter, err error) Document {
	return Of(err, p.Base, RequestID(w))
}

// MethodNotAllowed answers a request with a known path and another method. The router has
// set Allow.
func (p Renderer) MethodNotAllowed(w http.ResponseWriter) {
	d := Document{
		Type: typeOf(p.Base, methodNotAllowed), Title: "Method not allowed", Status: http.StatusMethodNotAllowed, Code: methodNotAllowed,
		Detail: "This address does not take that method.", RequestID: RequestID(w),
	}
	send(w, d)
}

func send(w http.ResponseWriter, d Document) {
	h := w.Header()
	h.Set("Content-Type", ContentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(d.Status)
	_, _ = w.Write(d.JSON()) // fails when the caller has disconnected
}

// RetryAfter is a delay as the header has it: whole seconds, at least one.
func RetryAfter(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}

// log logs a fault: an Internal one as an error, one of a wallet or the store as a warning,
// and a caller's at debug level.
func (p Renderer) log(r *http.Request, d Document, err error) {
	if p.Log == nil {
		return
	}
	level := slog.LevelDebug
	switch {
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		// The caller has disconnected.
	case d.Status == http.StatusInternalServerError:
		level = slog.LevelError
	case d.Status >= 500:
		level = slog.LevelWarn
	}
	p.Log.Log(r.Context(), level, "request failed", "request", d.RequestID, "status", d.Status, "fault", err)
}
