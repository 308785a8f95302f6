package engine

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const inboxPrefix = "ntf_"

// inboxItem makes the inbox item of a wallet's event.
func inboxItem(t *outbound.Wallet, ev *wallet.Event, n *wallet.Notification, id bridge.OrderID, d wallet.Delivery) store.InboxItem {
	item := store.InboxItem{
		Wallet: t.Name, EventID: ev.ID, Order: id, Confirm: n.Confirm,
		RequestID: ev.Payment.RequestID, PaymentID: ev.Payment.PaymentID,
		Body: []byte(wallet.MaskCardNumbers(string(d.Body))),
	}
	if ev.Kind == wallet.RefundEvent {
		item.RequestID, item.PaymentID = ev.Refund.RequestID, ev.Refund.Payment.PaymentID
	}
	if ev.Unreadable == "" {
		item.Event, _ = json.Marshal(ev.Masked()) // without it, the item waits for a person
	}
	return item
}

// keepAndRaise stores a verified notification in the inbox and raises a flag on its order,
// when that exists. It returns outcome when the notification is stored.
func (e *Engine) keepAndRaise(ctx context.Context, item store.InboxItem, why bridge.Attention, outcome error) error {
	if err := e.storeItem(ctx, item); err != nil {
		return err
	}
	if err := e.raiseForItem(ctx, item, why); err != nil {
		return err
	}
	e.log.ErrorContext(ctx, "a notification could not be applied and is kept in the inbox; see minitill inbox, and the order's attention", "wallet", item.Wallet, "order", item.Order, "walletRequest", item.RequestID, "reason", item.Reason)
	return outcome
}

// keepAndQuery stores a notification in the inbox and makes its order due for status queries
// at once. It returns outcome when the notification is stored.
func (e *Engine) keepAndQuery(ctx context.Context, item store.InboxItem, outcome error) error {
	if err := e.storeItem(ctx, item); err != nil {
		return err
	}
	_, err := e.update(ctx, item.Order, func(c *bridge.Change) error {
		c.Order.IdleQueries = min(c.Order.IdleQueries, 0)
		c.QueryNow(e.clock())
		return nil
	})
	if err != nil {
		return unstored(err)
	}
	return outcome
}

// storeItem stores an item in the inbox under a new id.
func (e *Engine) storeItem(ctx context.Context, item store.InboxItem) error {
	now := e.clock()
	id, err := ulid.New(ulid.Timestamp(now), e.random)
	if err != nil {
		return unstored(err)
	}
	item.ID, item.ReceivedAt = inboxPrefix+id.String(), now
	if err := e.store.KeepNotification(ctx, item); err != nil {
		return unstored(err)
	}
	return nil
}

// raiseForItem raises a flag on the order of an inbox item. A notification with the wallet's
// own id alone may arrive before the answer that returns this id: when that answer has been
// committed meanwhile, raiseForItem makes its order due, which reads the inbox.
func (e *Engine) raiseForItem(ctx context.Context, item store.InboxItem, why bridge.Attention) error {
	id := item.Order
	if id == "" && item.PaymentID != "" && item.Reason != foreignOrder {
		found, err := e.store.OrderByPaymentID(ctx, bridge.PaymentKey{Wallet: item.Wallet, PaymentID: item.PaymentID})
		switch {
		case err == nil:
			return e.makeDue(ctx, found)
		case fault.KindOf(err) != fault.NotFound:
			return unstored(err)
		}
	}
	if id == "" {
		return nil
	}
	_, err := e.update(ctx, id, func(c *bridge.Change) error {
		c.RaiseOrderAttention(why, bridge.FromNotification, e.clock())
		return nil
	})
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return unstored(err)
	}
	return nil
}

// makeDue makes an order due for status queries at once.
func (e *Engine) makeDue(ctx context.Context, id bridge.OrderID) error {
	_, err := e.update(ctx, id, func(c *bridge.Change) error {
		c.QueryNow(e.clock())
		return nil
	})
	if err != nil {
		return unstored(err)
	}
	return nil
}

// inboxFindings returns the notifications of the inbox about an order. It leaves out items
// that cannot be read; they wait for a person.
func (e *Engine) inboxFindings(ctx context.Context, o *bridge.Order) ([]finding, error) {
	var keys []bridge.PaymentKey
	for i := range o.Payments {
		for _, id := range o.Payments[i].IDs() {
			keys = append(keys, bridge.PaymentKey{Wallet: o.Payments[i].Wallet, PaymentID: id})
		}
	}
	items, err := e.store.Inbox(ctx, o.ID, keys)
	if err != nil {
		return nil, err
	}
	var findings []finding
	for i := range items {
		var ev wallet.Event
		t := e.wallets[items[i].Wallet]
		if t == nil || len(items[i].Event) == 0 {
			continue
		}
		if err := json.Unmarshal(items[i].Event, &ev); err != nil {
			e.log.Error("a kept notification cannot be read; it stays in the inbox; report this with its id", "wallet", items[i].Wallet, "id", items[i].ID, "fault", err)
			continue
		}
		news, _ := newsOf(t, &ev)
		news.Unproven = items[i].Confirm
		findings = append(findings, finding{news: news, item: &items[i]})
	}
	return findings, nil
}

// settled reports whether a notification can leave the inbox: it was applied, it was refused
// with a flag, or an answer of the wallet confirms or contradicts it. err is the fault of
// applying it, answers are those of the same status query. An answer that contradicts counts
// once it can no longer lag behind the notification.
func (f *finding) settled(err error, answers []finding) bool {
	switch {
	case err == nil || fault.KindOf(err) == fault.Invalid:
		return true
	case !errors.Is(err, bridge.ErrUnconfirmed):
		return false
	}
	return slices.ContainsFunc(answers, func(a finding) bool {
		if a.item != nil || !a.about(f) {
			return false
		}
		verdict := compareNews(&a.news, &f.news)
		return verdict == confirmed || verdict == contradicted && !a.sentAt.Before(f.settledAt(&a))
	})
}

// settledAt returns the time from which on an answer cannot lag behind a notification.
func (f *finding) settledAt(answer *finding) time.Time {
	return f.item.ReceivedAt.Add(answer.lag + bridge.ClockSkew)
}

// about reports whether two findings are about the same payment or refund.
func (f *finding) about(g *finding) bool {
	switch {
	case f.absent || f.news.Wallet != g.news.Wallet:
		return false
	case f.news.Payment != nil && g.news.Payment != nil:
		return bridge.SameRef(f.news.Payment.Ref, g.news.Payment.Ref)
	case f.news.Refund != nil && g.news.Refund != nil:
		a, b := f.news.Refund.RefundRef, g.news.Refund.RefundRef
		return a.RequestID != "" && a.RequestID == b.RequestID || a.RefundID != "" && a.RefundID == b.RefundID
	}
	return false
}

// forgetItems removes settled notifications from the inbox.
func (e *Engine) forgetItems(ctx context.Context, items []*store.InboxItem) error {
	var faults []error
	for _, item := range items {
		faults = append(faults, e.store.ForgetNotification(ctx, item.Wallet, item.EventID))
	}
	return errors.Join(faults...)
}

// RetryNotification applies an inbox item again, by a Refresh of its order. It returns the
// item as it was stored, and whether it is still in the inbox.
//
// Faults: NotFound for an item that is not there, or that leads to no order.
func (e *Engine) RetryNotification(ctx context.Context, id string) (store.InboxItem, bool, error) {
	item, err := e.store.InboxItem(ctx, id)
	if err != nil {
		return item, false, err
	}
	order := item.Order
	if order == "" && item.PaymentID != "" {
		if order, err = e.store.OrderByPaymentID(ctx, bridge.PaymentKey{Wallet: item.Wallet, PaymentID: item.PaymentID}); err != nil {
			return item, true, err
		}
	}
	if order == "" {
		return item, true, fault.New(fault.NotFound, "engine.RetryNotification", "The notification leads to no order.")
	}
	if _, err := e.Refresh(ctx, order); err != nil {
		return item, true, err
	}
	if _, err := e.store.InboxItem(ctx, id); fault.KindOf(err) == fault.NotFound && err != nil {
		return item, false, nil
	}
	return item, true, nil
}
