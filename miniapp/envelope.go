package miniapp

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/web"
)

const envelopeHeader = "Minitill-Envelope"

// envelope buffers an answer and sends it in one with status 200, because some containers
// hide the body of any other status. Event streams pass unchanged.
type envelope struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	stream bool
}

// WriteHeader stores the status for the envelope.
func (e *envelope) WriteHeader(status int) {
	if e.status != 0 || status < http.StatusOK {
		return
	}
	e.status = status
	if strings.HasPrefix(e.Header().Get("Content-Type"), eventStream) {
		e.stream = true
		e.ResponseWriter.WriteHeader(status)
	}
}

// Write buffers b for the envelope.
func (e *envelope) Write(b []byte) (int, error) {
	e.WriteHeader(http.StatusOK)
	if e.stream {
		return e.ResponseWriter.Write(b)
	}
	return e.body.Write(b)
}

// FlushError sends what a stream has written. An answer in the envelope is sent at its end.
func (e *envelope) FlushError() error {
	if !e.stream {
		return nil
	}
	return http.NewResponseController(e.ResponseWriter).Flush()
}

// Unwrap lets an http.ResponseController set deadlines.
func (e *envelope) Unwrap() http.ResponseWriter { return e.ResponseWriter }

// seal sends the envelope.
func (e *envelope) seal() {
	if e.stream {
		return
	}
	e.WriteHeader(http.StatusOK)
	h := e.Header()
	member := `,"data":`
	if h.Get("Content-Type") == problem.ContentType {
		member = `,"problem":`
	}
	body := bytes.TrimSpace(e.body.Bytes())
	if len(body) == 0 {
		body = []byte("null")
	}
	h.Set("Content-Type", web.JSON)
	h.Del("Content-Length")
	e.ResponseWriter.WriteHeader(http.StatusOK)
	sealed := make([]byte, 0, len(body)+32)
	sealed = append(sealed, `{"status":`...)
	sealed = strconv.AppendInt(sealed, int64(e.status), 10)
	sealed = append(sealed, member...)
	sealed = append(sealed, body...)
	sealed = append(sealed, '}')
	_, _ = e.ResponseWriter.Write(sealed) // fails when the caller has disconnected
}
