package sqlstore

import (
	"sync"

	"github.com/minitill/minitill/bridge"
)

// mostRecent bounds the orders that are remembered.
const mostRecent = 1024

// recent remembers orders as this process wrote them last, so that what follows soon,
// such as the wallet's answer to a creation, need not read them again. What it says may
// be old by now: it is good for a change whose guard will tell, and for nothing else.
type recent struct {
	mu    sync.Mutex
	of    map[bridge.OrderID]written
	order []bridge.OrderID // a ring: the oldest makes room
	next  int
}

// written is an order with the version of its row.
type written struct {
	order   bridge.Order
	version int64
	fresh   bool // just read, and not remembered
}

func newRecent() *recent { return &recent{of: make(map[bridge.OrderID]written, mostRecent)} }

// note remembers an order that was stored with this version.
func (r *recent) note(o bridge.Order, version int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.of[o.ID]; !known {
		r.makeRoom(o.ID)
	}
	r.of[o.ID] = written{order: o, version: version}
}

func (r *recent) makeRoom(id bridge.OrderID) {
	if len(r.order) < mostRecent {
		r.order = append(r.order, id)
		return
	}
	delete(r.of, r.order[r.next])
	r.order[r.next] = id
	r.next = (r.next + 1) % mostRecent
}

func (r *recent) get(id bridge.OrderID) (written, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w, ok := r.of[id]
	return w, ok
}

// created remembers a new order, unless its key was taken and it was not stored.
func (r *recent) created(c *bridge.Change, held bridge.Claim) {
	if c.Claim != nil && held.Order != c.Order.ID {
		return
	}
	o := c.Order
	o.Schedule = stored(o.Schedule)
	r.note(o, 1)
}
