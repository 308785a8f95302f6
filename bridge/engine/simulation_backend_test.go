package engine_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/webhook"
)

// backend is the merchant's backend of a simulation. It verifies what it receives, and
// that it receives nothing that is not committed.
type backend struct {
	sim       *sim
	key       webhook.Key
	deliverer *webhook.Deliverer
	received  map[bridge.OrderID][]int64 // the sequences of events, as they came
}

func newBackend(s *sim) *backend {
	key, err := webhook.ParseKey(webhook.GenerateSecret())
	if err != nil {
		s.Fatal(err)
	}
	b := &backend{sim: s, key: key, received: map[bridge.OrderID][]int64{}}
	b.deliverer, err = webhook.New(webhook.Config{
		Outbox: s.store, Now: s.clock.Now, Transport: tripFunc(b.receive),
		Static: []webhook.Endpoint{{App: "shop", Name: "hook", URL: "https://shop.test/hook", Keys: []webhook.Key{key}}},
	})
	if err != nil {
		s.Fatal(err)
	}
	return b
}

// deliver lets a node deliver what is due; it may die on the way.
func (b *backend) deliver() {
	b.sim.operation(func() { _, _ = b.deliverer.RunOnce(b.sim.ctx) })
}

// receive is one webhook arriving. In the storm it may fail before it was read, or
// after.
func (b *backend) receive(r *http.Request) (*http.Response, error) {
	s := b.sim
	s.maybeDie()
	if s.storm && s.dice.IntN(5) == 0 {
		return nil, errors.New("connection refused")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	id, err := webhook.Verify(r.Header, body, s.clock.Now(), b.key)
	if err != nil {
		s.Errorf("a webhook cannot be verified: %v", err)
	}
	b.note(id)
	s.maybeDie()
	status := http.StatusOK
	if s.storm && s.dice.IntN(8) == 0 {
		status = http.StatusBadGateway // and yet it was read
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// note stores a message, "dlv_<order>-<sequence>-hook", and checks whether its event
// is in the store.
func (b *backend) note(id string) {
	core, rest, _ := strings.Cut(strings.TrimPrefix(id, "dlv_"), "-")
	number, _, _ := strings.Cut(rest, "-")
	sequence, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		b.sim.Errorf("a webhook has the id %q", id)
	}
	order := bridge.OrderID("ord_" + core)
	o, err := b.sim.store.Store.Order(b.sim.ctx, order)
	if err != nil || o.Sequence < sequence {
		b.sim.Errorf("webhook %s was sent before its event was committed (%d events, %v)", id, o.Sequence, err)
	}
	b.received[order] = append(b.received[order], sequence)
}

// check requires every event that webhooks deliver, first received in its order, and no other.
func (b *backend) check(o *bridge.Order, events []bridge.Event) {
	if o.App != "shop" {
		return
	}
	var want, seen []int64
	for _, e := range events {
		switch e.Type {
		case bridge.OrderCreated, bridge.OrderClosed, bridge.OrderUpdated, bridge.PaymentCreated, bridge.PaymentUpdated, bridge.RefundUpdated, bridge.AttentionCleared:
		default:
			want = append(want, e.Sequence)
		}
	}
	for _, sequence := range b.received[o.ID] {
		if !slices.Contains(seen, sequence) {
			seen = append(seen, sequence)
		}
	}
	if !slices.Equal(seen, want) {
		b.sim.Errorf("order %s: the backend received events %v, want %v", o.ID, seen, want)
	}
}
