package webhook

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// mailbox is an outbox.Outbox in memory, quick enough for many endpoints with many messages.
type mailbox struct {
	mu     sync.Mutex
	queues map[store.EndpointKey]*queue
	byID   map[string]*entry
}

// queue is the messages of one endpoint. Those before head are settled.
type queue struct {
	entries []*entry
	head    int
}

type entry struct {
	bridge.Message
	store.Delivery
}

func newMailbox() *mailbox {
	return &mailbox{queues: map[store.EndpointKey]*queue{}, byID: map[string]*entry{}}
}

func hook(name string) store.EndpointKey { return store.EndpointKey{App: "shop", Endpoint: name} }

// fill puts messages of some orders into the outbox, for each of the endpoints.
func (o *mailbox) fill(orders, messages int, endpoints ...string) {
	for n := range orders {
		for _, endpoint := range endpoints {
			for i := range messages {
				o.put(endpoint, bridge.OrderID(fmt.Sprintf("ord_%d", n)), fmt.Sprintf("dlv_%d_%d_%s", n, i, endpoint), time.Now())
			}
		}
	}
}

// put puts one message into the outbox.
func (o *mailbox) put(endpoint string, order bridge.OrderID, id string, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	q := o.queues[hook(endpoint)]
	if q == nil {
		q = &queue{}
		o.queues[hook(endpoint)] = q
	}
	e := &entry{Delivery: store.Delivery{Status: store.Undelivered}, Message: bridge.Message{
		ID: id, App: "shop", Endpoint: endpoint, Order: order, Sequence: int64(len(q.entries)),
		Type: bridge.OrderPaid, Body: []byte(`{"n":1}`), CreatedAt: at, RunAt: at.Add(-time.Minute),
	}}
	q.entries = append(q.entries, e)
	o.byID[id] = e
}

// replay makes a message due as if it were new.
func (o *mailbox) replay(id string, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.byID[id]
	e.Status, e.Message.RunAt, e.CreatedAt, e.Attempts = store.Undelivered, now, now, 0
	o.queues[hook(e.Endpoint)].head = 0
}

// left is how many messages of an endpoint are neither delivered nor dead.
func (o *mailbox) left(endpoint string) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.queues[hook(endpoint)].entries {
		if e.Status == store.Undelivered {
			n++
		}
	}
	return n
}

// due calls visit for each message of a queue that may be claimed, until it says no.
func (q *queue) due(now time.Time, visit func(*entry) bool) {
	for q.head < len(q.entries) && q.entries[q.head].Status != store.Undelivered {
		q.head++
	}
	waits := map[bridge.OrderID]bool{} // orders of which an older message is not settled
	for _, e := range q.entries[q.head:] {
		if e.Status != store.Undelivered || waits[e.Order] {
			continue
		}
		waits[e.Order] = true
		if !e.Message.RunAt.After(now) && !visit(e) {
			return
		}
	}
}

func (o *mailbox) DueEndpoints(_ context.Context, now time.Time) (keys []store.EndpointKey, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key, q := range o.queues {
		q.due(now, func(*entry) bool {
			keys = append(keys, key)
			return false
		})
	}
	return keys, nil
}

func (o *mailbox) ClaimMessages(_ context.Context, app, endpoint string, now time.Time, lease time.Duration, limit int) (claimed []bridge.Message, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	q := o.queues[store.EndpointKey{App: app, Endpoint: endpoint}]
	if q == nil {
		return nil, nil
	}
	q.due(now, func(e *entry) bool {
		e.Message.RunAt = now.Add(lease)
		claimed = append(claimed, e.Message)
		return len(claimed) < limit
	})
	return claimed, nil
}

func (o *mailbox) FinishMessage(_ context.Context, id string, attempt int, outcome store.Delivery) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.byID[id]
	if e == nil {
		return errors.New("there is no such message")
	}
	if outcome.Status == store.Delivered && e.Status == store.Delivered ||
		outcome.Status != store.Delivered && (e.Status != store.Undelivered || e.Attempts != attempt) {
		return nil
	}
	e.Delivery, e.Attempts = outcome, e.Attempts+1
	if outcome.Status == store.Undelivered {
		e.Message.RunAt = outcome.RunAt
	}
	return nil
}
