package miniapp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/web"
)

const (
	eventStream = "text/event-stream"
	// streamAge is how long one stream lasts; the browser reconnects with its token.
	streamAge = 15 * time.Minute
	// writeTime bounds the write of one event.
	writeTime = 20 * time.Second
	// retryTime is how long a browser waits before it reconnects.
	retryTime = 2 * time.Second
)

// streamOrder sends an order as server-sent events: its present state, then each change.
// It ends when the order is final, or at once where the answer cannot be streamed.
//
//	id: <sequence>
//	event: order
//	data: {"order":{…},"receipt":"…"}
//
// Faults: Unauthenticated; NotFound; RateLimited and Unavailable when too many answers
// are held.
func (a *API) streamOrder(c *gin.Context) error {
	who, err := a.streamCaller(c)
	if err != nil {
		return err
	}
	order, err := a.order(c.Request.Context(), who, c.Param("id"))
	if err != nil {
		return err
	}
	if order.Final() && c.GetHeader("Last-Event-ID") == strconv.FormatInt(order.Sequence, 10) {
		c.Status(http.StatusNoContent) // an EventSource does not reconnect after 204
		return nil
	}
	held, release, err := a.held.Hold(c, web.HolderOf(c, order.ID, tokenOf(c)), streamAge)
	if err != nil {
		return err
	}
	defer release()
	s := &stream{api: a, who: who, w: c.Writer, control: web.Controller(c), opened: a.now()}
	s.open()
	if !web.CanStream(c.Writer) {
		s.event(held, &order) // the browser reconnects after retryTime, as a poll
		return nil
	}
	s.run(held, order)
	_ = s.control.SetWriteDeadline(time.Now().Add(writeTime)) // for the end of the answer
	return nil
}

// streamCaller also accepts an order token in ?token=, since an EventSource cannot send
// headers. A session token opens more, and is not accepted in a URL.
func (a *API) streamCaller(c *gin.Context) (caller, error) {
	if token := c.Query("token"); token != "" && c.GetHeader("Authorization") == "" {
		who, err := a.orderCaller(token)
		return a.checkHome(c.Request, who, err)
	}
	return a.authenticate(c.Request)
}

// stream is one open event stream. It runs in the goroutine of its request.
type stream struct {
	api     *API
	who     caller
	w       http.ResponseWriter
	control *http.ResponseController
	opened  time.Time
	failed  bool
}

func (s *stream) open() {
	h := s.w.Header()
	h.Set("Content-Type", eventStream)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // proxies that buffer would delay the events
	h.Set("X-Content-Type-Options", "nosniff")
	s.w.WriteHeader(http.StatusOK)
	s.send("retry: " + strconv.FormatInt(retryTime.Milliseconds(), 10) + "\n\n")
}

// run sends changes until the order is final, ctx ends, the server drains, or the stream is
// streamAge old. The server that drains may end ctx before its last change is sent.
func (s *stream) run(ctx context.Context, order bridge.Order) {
	s.event(ctx, &order)
	for !s.failed && !order.Final() && ctx.Err() == nil && !s.api.engine.Draining() && s.api.now().Sub(s.opened) < streamAge {
		started := s.api.now()
		next, err := s.api.engine.Wait(ctx, order.ID, order.Sequence, s.api.heartbeat)
		switch {
		case err != nil:
			s.api.log.Warn("event stream ended early", "order", order.ID, "fault", err)
			return
		case s.api.signedOut(&s.who):
			return // the browser reconnects and is refused
		case next.Sequence != order.Sequence:
			s.event(ctx, next)
		case s.api.engine.Draining(), s.api.now().Sub(started) < s.api.heartbeat/2:
			return // an engine that does not wait any more
		default:
			s.send(": \n\n")
		}
		order = *next
	}
}

func (s *stream) event(ctx context.Context, o *bridge.Order) {
	data, err := json.Marshal(s.api.status(ctx, o))
	if err != nil {
		s.api.log.Error("event stream ended early; the client reconnects; report this", "order", o.ID, "fault", err)
		s.failed = true
		return
	}
	s.send("id: " + strconv.FormatInt(o.Sequence, 10) + "\nevent: order\ndata: " + string(data) + "\n\n")
}

// send writes a frame and flushes it.
func (s *stream) send(frame string) {
	_ = s.control.SetWriteDeadline(time.Now().Add(writeTime)) // not every writer has one
	if _, err := s.w.Write([]byte(frame)); err != nil {
		s.failed = true
		return
	}
	if err := s.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.failed = true
	}
}
