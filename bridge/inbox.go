package bridge

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// keep puts a verified notification that matches no order into the inbox. The fault
// stays NotFound, so that the wallet's own kind of answer can say so.
func (e *Engine) keep(ctx context.Context, t *till, ev *wallet.Event, id OrderID, d wallet.Delivery, cause error) error {
	text, err := json.Marshal(ev)
	if err != nil {
		return fault.Wrap(fault.Internal, "bridge.keep", err)
	}
	item := InboxItem{
		Wallet: t.name, EventID: ev.ID, Order: id, RequestID: ev.Payment.RequestID,
		PaymentID: ev.Payment.PaymentID, Event: text, Body: d.Body, ReceivedAt: e.clock(),
	}
	if ev.Kind == wallet.RefundEvent {
		item.RequestID, item.PaymentID = ev.Refund.RequestID, ev.Refund.Payment.PaymentID
	}
	if err := e.store.KeepNotification(ctx, item); err != nil {
		return err
	}
	// An order that is there, and has no such payment, needs a person.
	_, err = e.update(ctx, id, func(c *Change) error {
		c.flag(UnknownPayment, FromNotification, e.clock())
		return nil
	})
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	e.log.Error("a notification matches no order and is kept", "wallet", t.name, "order", id, "request", item.RequestID)
	return fault.Wrap(fault.NotFound, "bridge.Notify", cause)
}

// kept is what was notified about an order before it was there, as findings like any
// other.
func (e *Engine) kept(ctx context.Context, id OrderID) ([]finding, error) {
	items, err := e.store.Inbox(ctx, id)
	if err != nil {
		return nil, err
	}
	findings := make([]finding, len(items))
	for i := range items {
		var ev wallet.Event
		if err := json.Unmarshal(items[i].Event, &ev); err != nil {
			return nil, fault.Wrap(fault.Internal, "bridge.kept", err)
		}
		news, _ := newsOf(items[i].Wallet, &ev)
		findings[i] = finding{news: news, kept: &items[i]}
	}
	return findings, nil
}

// heard says that the order has heard of a kept notification: it was applied, or will
// never be. One about a payment that the order does not have stays in the inbox.
func (f *finding) heard(err error) bool { return f.kept != nil && fault.KindOf(err) != fault.NotFound }

// forget takes notifications out of the inbox whose order has heard of them.
func (e *Engine) forget(ctx context.Context, items []*InboxItem) error {
	var faults []error
	for _, item := range items {
		faults = append(faults, e.store.ForgetNotification(ctx, item.Wallet, item.EventID))
	}
	return errors.Join(faults...)
}
