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
	e.log.Error("a notification matches no order and is kept", "wallet", t.name, "order", id, "request", item.RequestID)
	return fault.Wrap(fault.NotFound, "bridge.Notify", cause)
}

// kept is what was notified about an order before it was there, as findings like any
// other.
func (e *Engine) kept(ctx context.Context, id OrderID) ([]finding, []InboxItem, error) {
	items, err := e.store.Inbox(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	findings := make([]finding, 0, len(items))
	for _, item := range items {
		var ev wallet.Event
		if err := json.Unmarshal(item.Event, &ev); err != nil {
			return nil, nil, fault.Wrap(fault.Internal, "bridge.kept", err)
		}
		news, _ := newsOf(item.Wallet, &ev)
		findings = append(findings, finding{news: news})
	}
	return findings, items, nil
}

// forget takes notifications out of the inbox whose order has heard of them.
func (e *Engine) forget(ctx context.Context, items []InboxItem) error {
	var faults []error
	for _, item := range items {
		faults = append(faults, e.store.ForgetNotification(ctx, item.Wallet, item.EventID))
	}
	return errors.Join(faults...)
}
