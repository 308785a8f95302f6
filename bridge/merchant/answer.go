package merchant

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
)

const jsonType = "application/json; charset=utf-8"

// send writes an answer.
func send(c *gin.Context, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(fault.Internal, "merchant.send", err)
	}
	write(c.Writer, &bridge.Answer{Status: status, Body: body})
	return nil
}

// write sends an answer as it was kept.
func write(w http.ResponseWriter, answer *bridge.Answer) {
	h := w.Header()
	if len(answer.Body) > 0 {
		h.Set("Content-Type", contentType(answer.Status))
	}
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body) // a caller who went away is no mistake of ours
}

func contentType(status int) string {
	if status >= http.StatusBadRequest {
		return problem.ContentType
	}
	return jsonType
}

// The requests about orders that have a key, and their outcomes.
type (
	orderOnce    = bridge.Once[bridge.Order]
	orderOutcome = bridge.Outcome[bridge.Order]
)

// kept ties a request about an order or agreement to its key. show is what the answer
// shows of it. The answer is made once and sent again, so it holds the id of the request
// that was first.
func kept[S bridge.Order | bridge.Agreement](a *API, c *gin.Context, r *request, body []byte, status int, show func(*S) (any, error)) *bridge.Once[S] {
	requestID := problem.RequestID(c.Writer)
	return &bridge.Once[S]{
		Scope: r.scope(), Key: r.once, Digest: r.digest(body),
		Render: func(subject S, err error) bridge.Answer {
			return a.render(requestID, status, func() (any, error) { return show(&subject) }, err)
		},
	}
}

func (a *API) render(requestID string, status int, show func() (any, error), err error) bridge.Answer {
	var body []byte
	if err == nil {
		var v any
		if v, err = show(); err == nil {
			body, err = json.Marshal(v)
		}
	}
	if err != nil {
		d := problem.Of(err, a.problems.Base, requestID)
		return bridge.Answer{Status: d.Status, Body: d.JSON()}
	}
	return bridge.Answer{Status: status, Body: body}
}

// sendOutcome sends the answer that is kept with a request's key.
func sendOutcome[S bridge.Order | bridge.Agreement](c *gin.Context, once *bridge.Once[S], outcome bridge.Outcome[S], err error) error {
	if err != nil {
		return err
	}
	answer := outcome.Answer
	if answer == nil {
		rendered := once.Render(outcome.Subject, nil)
		answer = &rendered
	}
	write(c.Writer, answer)
	return nil
}
