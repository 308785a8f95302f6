package merchant_test

import (
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// unused is what the API does not read from an inbox.
// inbox keeps notifications in memory, the newest first. It fails when the records do.
type inbox struct {
	records *records
	items   []store.InboxItem
}

// testStore is a merchant.Store in memory.
type testStore struct {
	*records
	*inbox
	store.Documents
}

func (b *inbox) at(id string) int {
	return slices.IndexFunc(b.items, func(item store.InboxItem) bool { return item.ID == id })
}

func (b *inbox) InboxItem(_ context.Context, id string) (store.InboxItem, error) {
	if at := b.at(id); at >= 0 {
		return b.items[at], b.records.down
	}
	return store.InboxItem{}, errNotThere
}

func (b *inbox) InboxItems(_ context.Context, q store.InboxQuery) ([]store.InboxItem, error) {
	if b.records.down != nil {
		return nil, b.records.down
	}
	list := slices.DeleteFunc(slices.Clone(b.items), func(item store.InboxItem) bool {
		return !slices.Contains(q.Wallets, item.Wallet) || q.Dismissed == item.Dismissal.At.IsZero()
	})
	return behind(list, q.Before, func(item store.InboxItem) string { return item.ID }, q.Limit)
}

func (b *inbox) DismissNotification(_ context.Context, id string, d store.Dismissal) (store.InboxItem, error) {
	at := b.at(id)
	if at < 0 {
		return store.InboxItem{}, errNotThere
	}
	if b.items[at].Dismissal.At.IsZero() {
		b.items[at].Dismissal = d
	}
	return b.items[at], nil
}

func (e *testEngine) RetryNotification(_ context.Context, id string) (store.InboxItem, bool, error) {
	e.done = append(e.done, "retry "+id)
	at := e.inbox.at(id)
	if at < 0 {
		return store.InboxItem{}, false, errNotThere
	}
	item := e.inbox.items[at]
	if e.fail != nil || e.stays {
		return item, true, e.fail
	}
	e.inbox.items = slices.Delete(e.inbox.items, at, at+1)
	return item, false, nil
}

func (e *testEngine) Resolve(_ context.Context, id bridge.OrderID, r resolution.Decision, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	return keyed(e, id, once, func() (bridge.Order, error) {
		e.resolved = append(e.resolved, r)
		return e.orders[id], e.fail
	})
}

func (e *testEngine) ResolveAgreement(_ context.Context, app string, id bridge.AgreementID, r agreement.Resolution, once *idempotency.Once[agreement.Agreement]) (idempotency.Outcome[agreement.Agreement], error) {
	return e.onAgreement(app, id, once, func(a *agreement.Agreement) {
		r.At = e.clock.Now()
		a.Resolutions = append(a.Resolutions, r)
	})
}

func (s *records) DismissMessage(_ context.Context, app, id string, dismissal store.Dismissal, claim *bridge.Claim) (bridge.Claim, error) {
	if held, taken := s.take(claim); taken {
		return held, nil
	}
	for i := range s.deliveries {
		d := &s.deliveries[i]
		switch {
		case d.App != app || d.ID != id:
		case d.Status != store.Dead && d.Status != store.Dismissed:
			return bridge.Claim{}, fault.New(fault.Conflict, "test", "The delivery is not dead.")
		default:
			if d.Status == store.Dead {
				d.Status, d.Dismissal = store.Dismissed, dismissal
			}
			s.claims[claim.Scope+" "+claim.Key] = *claim
			return *claim, nil
		}
	}
	return bridge.Claim{}, errNotThere
}

// keep puts a notification of a wallet into the inbox.
func (e *testEngine) keep(wallet, id string, change func(*store.InboxItem)) store.InboxItem {
	item := store.InboxItem{
		ID: "ntf_" + id, Wallet: wallet, EventID: id, Body: []byte(`{"id":"` + id + `"}`),
		Reason: "there is no such order", ReceivedAt: e.clock.Now().Add(-time.Minute),
	}
	if change != nil {
		change(&item)
	}
	e.inbox.items = slices.Insert(e.inbox.items, 0, item)
	return item
}
