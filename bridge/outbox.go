package bridge

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// finish completes a change before it is committed: the messages its events call
// for, and when the order is looked at next.
func (e *Engine) finish(c *Change) error {
	now := e.clock()
	if len(c.Events) > 0 {
		c.clearEnded(now)
	}
	app := e.apps[c.Order.App]
	for i := range c.Events {
		if app == nil || !c.Events[i].Type.webhook() {
			continue
		}
		names, current := e.listeners(app, c.Events[i].Type, c.Endpoints)
		if !current {
			return errOldEndpoints
		}
		c.Messages = append(c.Messages, messages(names, &c.Order, &c.Events[i])...)
	}
	for i := range c.Order.Payments {
		c.indexPaymentIDs(&c.Order.Payments[i])
	}
	if len(c.Events) > c.counted && c.Order.Looks > 0 {
		c.Order.Looks = 0
	}
	if due := c.before.DueAt; len(c.Events) > 0 && !due.IsZero() && !due.After(now) && (c.due.IsZero() || c.due.After(due)) {
		c.due = due // a look that is due stays due: a look moves it first
	}
	if c.refundEnded() {
		c.waitFor(now.Add(firstLook), now) // news of a refund may be kept until this one has ended
	}
	switch {
	case !c.due.IsZero():
		c.Order.DueAt = c.due
	case len(c.Events) > 0 || c.Order.BusyUntil != c.before.BusyUntil || c.Order.Looks != c.before.Looks:
		c.Order.DueAt = nextLook(&c.Order, now, e.pace(&c.Order))
	}
	return nil
}

// EventView is an event as the contract shows it.
type EventView struct {
	ID       string    `json:"id"`
	Order    OrderID   `json:"order"`
	Sequence int64     `json:"sequence"`
	Type     EventType `json:"type"`
	At       time.Time `json:"at"`
	Source   Source    `json:"source"`
	Data     any       `json:"data"`
}

// View is the event as the contract shows it, without its data.
func (e *Event) View() EventView {
	return EventView{
		ID: e.ID(), Order: e.Order,
		Sequence: e.Sequence, Type: e.Type, At: e.At, Source: e.Source,
	}
}

// refundEnded says that a refund that was open has ended by the change.
func (c *Change) refundEnded() bool {
	for i := range c.before.Refunds {
		if c.before.Refunds[i].open() && !c.Order.Refunds[i].open() {
			return true
		}
	}
	return false
}

const deliveryPrefix = "dlv_"

// messages is one message for each endpoint. Its body is made now, so
// that it says what was true when the event happened.
func messages(endpoints []string, o *Order, e *Event) []Message {
	if len(endpoints) == 0 {
		return nil
	}
	view := e.View()
	view.Data = struct {
		Order OrderView `json:"order"`
	}{o.View(ForMerchant)}
	body, err := json.Marshal(view)
	if err != nil {
		panic("bridge: an order that cannot be written as JSON: " + err.Error())
	}
	list := make([]Message, len(endpoints))
	for i, endpoint := range endpoints {
		list[i] = Message{
			ID:  deliveryPrefix + strings.TrimPrefix(e.ID(), eventPrefix) + "-" + endpoint,
			App: o.App, Endpoint: endpoint, Order: o.ID,
			Sequence: e.Sequence, Type: e.Type, Body: body, CreatedAt: e.At, RunAt: e.At,
		}
	}
	return list
}

// indexPaymentIDs keeps a wallet's own ids of a payment findable: its notifications may
// name nothing else, and people search by them.
func (c *Change) indexPaymentIDs(p *Payment) {
	var known []string
	if before := c.before.Payment(p.Number); before != nil {
		known = before.IDs()
	}
	for _, id := range p.IDs() {
		if !slices.Contains(known, id) {
			c.PaymentIDs = append(c.PaymentIDs, PaymentKey{p.Wallet, id})
		}
	}
}
