package retention

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/store"
)

// compact replaces the archived events of settled orders by snapshots. Every file of the app must be
// there: events are not deleted while a file that has them is missing.
func (p *pass) compact(ctx context.Context, app string) error {
	err := eachFile(ctx, p.config.Store, app, func(f *store.ArchiveFile) error {
		if !p.config.Folder.Present(app, f) {
			return missing(f)
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.compacted[app] = p.at
	var after store.Place
	var ids []bridge.OrderID
	return p.steps(ctx, func() (more bool, err error) {
		if len(ids) == 0 {
			if ids, after, err = p.archivedOrders(ctx, app, after); err != nil || len(ids) == 0 {
				return false, err
			}
		}
		n := min(compactStep, len(ids))
		err = p.compactOrders(ctx, app, ids[:n])
		ids = ids[n:]
		return true, err
	})
}

// archivedOrders returns orders that have archived events in the store, after a place.
func (p *pass) archivedOrders(ctx context.Context, app string, after store.Place) (ids []bridge.OrderID, last store.Place, err error) {
	page, err := p.config.Store.ArchivedEvents(ctx, app, after, compactPage)
	seen := map[bridge.OrderID]bool{}
	for _, e := range page {
		if last = e.Place; !seen[e.Order] {
			seen[e.Order] = true
			ids = append(ids, e.Order)
		}
	}
	return ids, last, err
}

func (p *pass) compactOrders(ctx context.Context, app string, ids []bridge.OrderID) error {
	var list []history.Snapshot
	for _, id := range ids {
		s, ok, err := p.snapshot(ctx, id)
		if err != nil {
			return err
		}
		if ok {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		return nil
	}
	if err := p.config.Folder.before("compact"); err != nil {
		return err
	}
	n, err := p.config.Store.Compact(ctx, app, list)
	p.done.Compacted += n
	p.pruned(PrunedEvents, n)
	return err
}

// snapshot returns the order as it stands, when its events may be deleted: nothing of it is due
// or may be refunded, and its events fold to it byte for byte.
func (p *pass) snapshot(ctx context.Context, id bridge.OrderID) (s history.Snapshot, ok bool, err error) {
	o, err := p.config.Store.Order(ctx, id)
	if err != nil || !history.Archivable(&o, p.at) || p.refundable(&o) {
		return s, false, err
	}
	h, err := store.ReadHistory(ctx, p.config.Store, id)
	if err != nil {
		return s, false, err
	}
	if h.Snapshot != nil {
		s = *h.Snapshot
	}
	s = s.Advance(h.Events...)
	if s.Order.Sequence != o.Sequence || !s.At.Before(p.at.Add(-p.config.Events)) {
		return s, false, nil // it has changed since
	}
	o.Schedule = bridge.Schedule{}
	equal, err := same(&s.Order, &o)
	if err == nil && !equal {
		p.config.Log.Error("the events of an order do not fold to it; they stay in the store; report this", "order", id)
	}
	return s, equal, err
}

// refundable reports whether an order may still be refunded.
func (p *pass) refundable(o *bridge.Order) bool {
	since := p.at.Add(-p.config.RefundWindow)
	for i := range o.Payments {
		paid := &o.Payments[i]
		if o.Left(paid) > 0 && (paid.PaidAt.After(since) || paid.CreatedAt.After(since)) {
			return true
		}
	}
	return false
}
