package web

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
)

// JSON is the content type of answers.
const JSON = "application/json; charset=utf-8"

// Handler answers a request, or returns the fault that answers it.
type Handler func(c *gin.Context) error

// Handle makes h a handler of Gin's: problems renders and logs its fault. It answers a long
// poll that was parked.
func Handle(problems problem.Renderer, h Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		handle := h
		if p := pollOf(c.Request.Context()); p != nil {
			handle = p.resume(h)
		}
		if err := handle(c); err != nil {
			problems.Write(c.Writer, c.Request, err)
		}
	}
}

// Send answers with v as JSON.
//
// Faults: Internal when v has no JSON.
func Send(c *gin.Context, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(fault.Internal, "web.Send", err)
	}
	Write(c.Writer, bridge.Answer{Status: status, Body: body})
	return nil
}

// Write sends an answer byte for byte: a status of 400 or more has a problem as its body.
func Write(w http.ResponseWriter, answer bridge.Answer) {
	h := w.Header()
	switch {
	case answer.Status >= http.StatusBadRequest:
		h.Set("Content-Type", problem.ContentType)
	case len(answer.Body) > 0:
		h.Set("Content-Type", JSON)
	}
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body) // fails when the caller has disconnected
}
