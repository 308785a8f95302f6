package bridge

import (
	"encoding/json"
	"strconv"
	"time"
)

// finish completes a change before it is committed: the messages its events call
// for, and when the order is looked at next.
func (e *Engine) finish(c *Change) {
	now := e.clock()
	app := e.apps[c.Order.App]
	for i := range c.Events {
		if app != nil && c.Events[i].Type.webhook() {
			c.Messages = append(c.Messages, messages(e.listeners(app, c.Events[i].Type), &c.Order, &c.Events[i])...)
		}
	}
	for i := range c.Order.Payments {
		e.indexPaymentID(c, &c.Order.Payments[i])
	}
	if len(c.Events) > 0 {
		c.Order.Looks = 0
	}
	switch {
	case !c.due.IsZero():
		c.Order.DueAt = c.due
	case len(c.Events) > 0 || c.Order.BusyUntil != c.before.BusyUntil || c.Order.Looks != c.before.Looks:
		c.Order.DueAt = nextLook(&c.Order, now, e.pace(&c.Order))
	}
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
		ID: e.Key().ID(), Order: e.Order,
		Sequence: e.Sequence, Type: e.Type, At: e.At, Source: e.Source,
	}
}

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
			ID:  "dlv_" + o.ID.core() + "-" + strconv.FormatInt(e.Sequence, 10) + "-" + endpoint,
			App: o.App, Endpoint: endpoint, Order: o.ID,
			Sequence: e.Sequence, Type: e.Type, Body: body, CreatedAt: e.At, RunAt: e.At,
		}
	}
	return list
}

// indexPaymentID keeps a wallet's own payment id findable, where its notifications
// may name nothing else.
func (e *Engine) indexPaymentID(c *Change, p *Payment) {
	before := c.before.Payment(p.Number)
	if p.WalletPaymentID == "" || before != nil && before.WalletPaymentID == p.WalletPaymentID {
		return
	}
	if t := e.wallets[p.Wallet]; t != nil && t.byPaymentID {
		c.PaymentIDs = append(c.PaymentIDs, PaymentKey{p.Wallet, p.WalletPaymentID})
	}
}
