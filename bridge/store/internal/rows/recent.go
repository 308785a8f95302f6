package rows

import (
	"sync"

	"github.com/minitill/minitill/bridge"
)

// maxRecent bounds the orders in the cache.
const maxRecent = 1024

// recent caches orders as this process wrote them last, so that a change that follows
// soon, such as the wallet's answer to a creation, needs no read. An entry may be stale:
// it serves a change whose guard detects that, and nothing else. The same holds for the
// version of the endpoints, which is the highest that was read: when another process has
// changed an endpoint since, the guard rejects the change and the order is read.
type recent struct {
	mu        sync.Mutex
	of        map[bridge.OrderID]Written
	order     []bridge.OrderID // a ring: a new entry replaces the oldest
	next      int
	endpoints int64 // the highest version that was read
}

// Written is an order with the version of its row, and that of the endpoints.
type Written struct {
	Order     bridge.Order
	Version   int64
	Endpoints int64
	fresh     bool // read from the database, not from the cache
}

func newRecent() *recent { return &recent{of: make(map[bridge.OrderID]Written, maxRecent)} }

// add caches an order that was stored with this version.
func (r *recent) add(o bridge.Order, version int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.of[o.ID]; !known {
		r.makeRoom(o.ID)
	}
	r.of[o.ID] = Written{Order: o, Version: version}
}

func (r *recent) makeRoom(id bridge.OrderID) {
	if len(r.order) < maxRecent {
		r.order = append(r.order, id)
		return
	}
	delete(r.of, r.order[r.next])
	r.order[r.next] = id
	r.next = (r.next + 1) % maxRecent
}

func (r *recent) get(id bridge.OrderID) (Written, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w, ok := r.of[id]
	w.Endpoints = r.endpoints
	return w, ok
}

// sawEndpoints records a version of the endpoints that was read.
func (r *recent) sawEndpoints(version int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endpoints = max(r.endpoints, version)
}

// clear empties the cache, since rows of orders or the endpoints have changed.
func (r *recent) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.of)
	r.order, r.next = r.order[:0], 0
}
