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
// The same holds for the version of the endpoints, which is given out as it was last
// seen: another process may have changed an endpoint, and then the guard lets nothing
// through and the order is read.
type recent struct {
	mu        sync.Mutex
	of        map[bridge.OrderID]written
	order     []bridge.OrderID // a ring: the oldest makes room
	next      int
	endpoints int64 // the highest version that was seen
}

// written is an order with the version of its row, and that of the endpoints.
type written struct {
	order     bridge.Order
	version   int64
	endpoints int64
	fresh     bool // just read, and not remembered
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
	w.endpoints = r.endpoints
	return w, ok
}

// sawEndpoints notes a version of the endpoints that was read.
func (r *recent) sawEndpoints(version int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endpoints = max(r.endpoints, version)
}

// lastEndpoints is the highest version of the endpoints that was seen.
func (r *recent) lastEndpoints() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.endpoints
}

// forget lets every order be read again, since their rows or the endpoints have changed.
func (r *recent) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.of)
	r.order, r.next = r.order[:0], 0
}

// created remembers a new order, unless its key was taken and it was not stored.
func (r *recent) created(c *bridge.Change, held bridge.Claim) {
	if c.Claim != nil && held.Subject != string(c.Order.ID) {
		return
	}
	o := c.Order
	o.Schedule = stored(o.Schedule)
	r.note(o, 1)
}
