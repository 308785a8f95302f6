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

// inboxItem is an event as the inbox keeps it.
func inboxItem(t *outbound.Wallet, ev *wallet.Event, id bridge.OrderID, d wallet.Delivery) store.InboxItem {
	item := store.InboxItem{
		Wallet: t.Name, EventID: ev.ID, Order: id,
		RequestID: ev.Payment.RequestID, PaymentID: ev.Payment.PaymentID,
		Body: []byte(wallet.MaskCardNumbers(string(d.Body))),
	}
	if ev.Kind == wallet.RefundEvent {
		item.RequestID, item.PaymentID = ev.Refund.RequestID, ev.Refund.Payment.PaymentID
	}
	if ev.Unreadable == "" {
		item.Event, _ = json.Marshal(bridge.MaskedEvent(*ev)) // without it, the item waits for a person
	}
	return item
}

// keep puts a verified notification into the inbox and flags the order that it leads to,
// when that exists. outcome is what the wallet hears when it is stored.
func (e *Engine) keep(ctx context.Context, item store.InboxItem, why bridge.Attention, outcome error) error {
	if err := e.storeItem(ctx, item); err != nil {
		return err
	}
	if err := e.flagKept(ctx, item, why); err != nil {
		return err
	}
	e.log.Error("a notification could not be applied and is kept", "wallet", item.Wallet, "order", item.Order, "request", item.RequestID, "reason", item.Reason)
	return outcome
}

// keepFor keeps a notification until the order's next look, which is due at once.
func (e *Engine) keepFor(ctx context.Context, item store.InboxItem, outcome error) error {
	if err := e.storeItem(ctx, item); err != nil {
		return err
	}
	_, err := e.update(ctx, item.Order, func(c *bridge.Change) error {
		c.Order.Looks = min(c.Order.Looks, 0)
		c.LookNow(e.clock())
		return nil
	})
	if err != nil {
		return unstored(err)
	}
	return outcome
}

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

// flagKept flags the order of a kept notification. One that names the wallet's own id
// alone may have been quicker than the answer that names it: when that has come
// meanwhile, its order looks at the inbox now.
func (e *Engine) flagKept(ctx context.Context, item store.InboxItem, why bridge.Attention) error {
	id := item.Order
	if id == "" && item.PaymentID != "" && item.Reason != foreignOrder {
		found, err := e.store.OrderByPaymentID(ctx, bridge.PaymentKey{Wallet: item.Wallet, PaymentID: item.PaymentID})
		switch {
		case err == nil:
			return e.keepDue(ctx, found)
		case fault.KindOf(err) != fault.NotFound:
			return unstored(err)
		}
	}
	if id == "" {
		return nil
	}
	_, err := e.update(ctx, id, func(c *bridge.Change) error {
		c.RaiseOrder(why, bridge.FromNotification, e.clock())
		return nil
	})
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return unstored(err)
	}
	return nil
}

func (e *Engine) keepDue(ctx context.Context, id bridge.OrderID) error {
	_, err := e.update(ctx, id, func(c *bridge.Change) error {
		c.LookNow(e.clock())
		return nil
	})
	if err != nil {
		return unstored(err)
	}
	return nil
}

// kept is what was notified about an order before it could be applied, as findings like
// any other. What cannot be read waits for a person.
func (e *Engine) kept(ctx context.Context, o *bridge.Order) ([]finding, error) {
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
			e.log.Error("a kept notification cannot be read", "wallet", items[i].Wallet, "id", items[i].ID, "fault", err)
			continue
		}
		news, _ := newsOf(t, &ev)
		news.Unproven = items[i].Confirm
		findings = append(findings, finding{news: news, kept: &items[i]})
	}
	return findings, nil
}

// heard says that a kept notification need not be kept any longer: it was applied, it
// was not believed and the order is flagged, or the wallet was asked and has settled
// what it says. answers are what the wallet said in the same look; one that contradicts
// counts once it cannot lag behind the news any more.
func (f *finding) heard(err error, answers []finding) bool {
	switch {
	case err == nil || fault.KindOf(err) == fault.Invalid:
		return true
	case !errors.Is(err, bridge.ErrUnconfirmed):
		return false
	}
	return slices.ContainsFunc(answers, func(a finding) bool {
		if a.kept != nil || !a.about(f) {
			return false
		}
		said := judgeNews(&a.news, &f.news)
		return said == borneOut || said == contradicted && !a.asked.Before(f.settledAt(&a))
	})
}

// settledAt is from when on an answer cannot lag behind a kept notification.
func (f *finding) settledAt(answer *finding) time.Time {
	return f.kept.ReceivedAt.Add(answer.lag + bridge.ClockSkew)
}

// about says that two findings are about the same payment or refund.
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

// forget takes notifications out of the inbox whose order has heard of them.
func (e *Engine) forget(ctx context.Context, items []*store.InboxItem) error {
	var faults []error
	for _, item := range items {
		faults = append(faults, e.store.ForgetNotification(ctx, item.Wallet, item.EventID))
	}
	return errors.Join(faults...)
}

// RetryNotification applies a kept notification again, by a look at the order that it
// leads to by now. It returns the item as it was kept, and whether it is still kept.
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
