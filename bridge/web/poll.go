package web

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/fault"
)

// Waiter waits for orders to change; an engine does.
type Waiter interface {
	Wait(ctx context.Context, id bridge.OrderID, seen int64, d time.Duration) (*bridge.Order, error)
}

// Wait holds the answer about an order back until the order changes or d ends. Then answer
// answers with the order as it is. token is the caller's.
//
// On a connection that can park the request, Wait ends the handler, and Handle calls answer
// when the wait is over. Both ways the answer is the same.
//
// Faults: those of Hold; those of the engine; those of answer.
func (h *Held) Wait(c *gin.Context, engine Waiter, o *bridge.Order, token string, d time.Duration, answer func(*gin.Context, *bridge.Order) error) error {
	free, err := h.take(c, HolderOf(c, o.ID, token), d, &h.polls)
	if err != nil {
		return err
	}
	p := &poll{engine: engine, order: o.ID, seen: o.Sequence, most: d, answer: answer, free: free}
	if at := limit.ParkerOf(c.Request.Context()); at != nil && at.Park(p) {
		p.values = c.Request.Context()
		panic(http.ErrAbortHandler)
	}
	defer p.Release()
	ctx, cancel := h.bound(c)
	defer cancel()
	p.Wait(ctx)
	if p.err != nil && ctx.Err() != nil && c.Request.Context().Err() == nil {
		return answer(c, o) // the server shuts down: the caller gets what was read before the wait
	}
	return p.send(c)
}

// poll is a long poll.
type poll struct {
	engine Waiter
	order  bridge.OrderID
	seen   int64
	most   time.Duration
	answer func(*gin.Context, *bridge.Order) error

	once sync.Once
	free func()

	// values has the values of the request's context while it is parked: its id and its span.
	values context.Context

	// After the wait.
	found  *bridge.Order
	err    error
	cut    bool // by the end of its context
	waited time.Duration
}

var _ limit.Parked = (*poll)(nil)

// pollOf is the long poll that a request was parked with; nil for other requests.
func pollOf(ctx context.Context) *poll {
	p, _ := limit.ParkedOf(ctx).(*poll)
	return p
}

// Wait waits for the order.
func (p *poll) Wait(ctx context.Context) {
	if p.values != nil {
		ctx = joined{ctx, p.values}
	}
	began := time.Now()
	defer func() {
		if v := recover(); v != nil { // no handler is around a parked poll
			p.err = &fault.Error{Kind: fault.Internal, Op: "web.Wait", Err: fmt.Errorf("panic: %v\n%s", v, debug.Stack())}
		}
	}()
	p.found, p.err = p.engine.Wait(ctx, p.order, p.seen, p.most)
	p.cut, p.waited = ctx.Err() != nil, time.Since(began)
}

// Waited is how long Wait took.
func (p *poll) Waited() time.Duration { return p.waited }

// Release frees the poll's place, once.
func (p *poll) Release() { p.once.Do(p.free) }

func (p *poll) send(c *gin.Context) error {
	if p.err != nil {
		return p.err
	}
	return p.answer(c, p.found)
}

// resume returns the handler of the second call, for a poll that was parked: first is the
// handler of the first one. It is called again when the end of its context left the poll
// without an order: the server shuts down, and does not hold the answer again.
func (p *poll) resume(first Handler) Handler {
	return func(c *gin.Context) error {
		p.Release()
		MarkHeld(c)
		if p.err != nil && p.cut {
			return first(c)
		}
		return p.send(c)
	}
}

// joined is a context with the values of another one.
type joined struct {
	context.Context
	values context.Context
}

// Value returns a value of the context, or else of the other one.
func (j joined) Value(key any) any {
	if v := j.Context.Value(key); v != nil {
		return v
	}
	return j.values.Value(key)
}

// Rejoin returns the context of a request; in the second call of the handler of a parked
// long poll, with the values that the context had when it was parked.
func Rejoin(ctx context.Context) context.Context {
	if p := pollOf(ctx); p != nil {
		return joined{ctx, p.values}
	}
	return ctx
}
