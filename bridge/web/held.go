package web

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/limit"
)

// Held are the answers of a server that are held back until an order changes: long polls
// and event streams.
type Held struct {
	places         *limit.Places
	hosts          hosts
	polls, streams atomic.Int64
}

// NewHeld returns a Held without answers. places bounds how many there are at once.
func NewHeld(places *limit.Places) *Held { return &Held{places: places} }

// Polls is how many long polls are held now.
func (h *Held) Polls() int { return int(h.polls.Load()) }

// Streams is how many event streams are held now.
func (h *Held) Streams() int { return int(h.streams.Load()) }

// wasHeld is the key under which a request's context reports that its answer was held.
const wasHeld = "minitill.held"

// WasHeld reports whether an answer was held back: its duration is the caller's choice.
func WasHeld(c *gin.Context) bool { return c.GetBool(wasHeld) }

// MarkHeld marks an answer whose duration is the caller's choice, such as a download.
func MarkHeld(c *gin.Context) { c.Set(wasHeld, true) }

// Watch learns of the http.Server that serves next, so that its Shutdown ends held
// answers. Hold does the same, but too late for a Shutdown that has begun meanwhile.
func (h *Held) Watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.hosts.of(r)
		next.ServeHTTP(w, r)
	})
}

// Hold takes a place for an event stream that lasts d at most, and moves the
// deadlines of its connection. ctx ends with the request, when the http.Server shuts
// down, and before a deadline that cannot be moved. The caller calls release.
//
// Faults: RateLimited for too many of one holder; Unavailable for too many in all.
func (h *Held) Hold(c *gin.Context, of limit.Holder, d time.Duration) (ctx context.Context, release func(), err error) {
	free, err := h.take(c, of, d, &h.streams)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := h.bound(c)
	return ctx, func() { cancel(); free() }, nil
}

// take takes a place for an answer that is counted in open.
func (h *Held) take(c *gin.Context, of limit.Holder, d time.Duration, open *atomic.Int64) (release func(), err error) {
	free, err := h.places.Hold(c.Writer, of, d)
	if err != nil {
		return nil, err
	}
	MarkHeld(c)
	open.Add(1)
	return func() { open.Add(-1); free() }, nil
}

func (h *Held) bound(c *gin.Context) (context.Context, context.CancelFunc) {
	return h.hosts.of(c.Request).bound(c.Request.Context(), c.Writer)
}

// HolderOf is the holder of an answer about an order.
func HolderOf(c *gin.Context, id bridge.OrderID, token string) limit.Holder {
	return limit.Holder{Address: limit.KeyOf(c.Request), Order: string(id), Token: token}
}
