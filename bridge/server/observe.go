package server

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/web"
)

// Answer is what an observer receives about an answer. It has nothing that a caller chooses.
type Answer struct {
	Route  string // its template, "/notify/:wallet"; Unmatched when the request has no route
	Method string // OtherMethod unless it is one of Methods
	Status int
	Took   time.Duration
	Held   bool // it was a long poll or an event stream that was held back
}

// Unmatched is the route of requests without one.
const Unmatched = "unmatched"

// OtherMethod is the method of requests by another than Methods.
const OtherMethod = "other"

// Methods are the methods that observers receive.
var Methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// observeAnswer notifies the observer of an answer, also of one that a panic aborts.
func (s *Server) observeAnswer(c *gin.Context) {
	began := time.Now()
	defer func() {
		if !limit.IsParking(c.Request.Context()) {
			s.observe(answerOf(c, began))
		}
	}()
	c.Next()
}

type endKey struct{}

// traceAnswer handles a request within its span. Requests for the server's health, which
// probes repeat for ever, have none.
func (s *Server) traceAnswer(c *gin.Context) {
	route := routeOf(c)
	if route == "/healthz" || route == "/readyz" {
		c.Next()
		return
	}
	began := time.Now()
	ctx := web.Rejoin(c.Request.Context())
	end, again := ctx.Value(endKey{}).(func(Answer)) // the span of a long poll that was parked
	if !again {
		ctx, end = s.trace(c.Request, route, methodOf(c.Request))
		ctx = context.WithValue(ctx, endKey{}, end)
	}
	c.Request = c.Request.WithContext(ctx)
	defer func() {
		if !limit.IsParking(ctx) {
			end(answerOf(c, began))
		}
	}()
	c.Next()
}

func answerOf(c *gin.Context, began time.Time) Answer {
	return Answer{Route: routeOf(c), Method: methodOf(c.Request), Status: c.Writer.Status(), Took: took(c, time.Since(began)), Held: web.WasHeld(c)}
}

// took is the time that a request took: more than its handler for a long poll that was parked.
func took(c *gin.Context, handler time.Duration) time.Duration {
	if p := limit.ParkedOf(c.Request.Context()); p != nil {
		return handler + p.Waited()
	}
	return handler
}

func routeOf(c *gin.Context) string {
	if route := c.FullPath(); route != "" {
		return route
	}
	return Unmatched
}

func methodOf(r *http.Request) string {
	if slices.Contains(Methods, r.Method) {
		return r.Method
	}
	return OtherMethod
}

// Held returns how many long polls and event streams are open.
func (s *Server) Held() (polls, streams int) { return s.held.Polls(), s.held.Streams() }
