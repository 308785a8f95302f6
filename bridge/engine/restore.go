package engine

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// errPayoutsHeld is returned while no refund may be sent.
func errPayoutsHeld() error {
	return fault.New(fault.Conflict, "engine.Refund", "The store was restored from a backup. Refunds are held until every order was queried and a person lifts the hold.")
}

// loadRestoration reads the epoch of new ids, and whether refunds are held.
func (e *Engine) loadRestoration(ctx context.Context) error {
	r, err := e.store.Restoration(ctx)
	if err != nil {
		return err
	}
	if r.Epoch > bridge.MaxEpoch {
		return fault.New(fault.Internal, "engine.New", "The store was restored too often: request ids have no more room.")
	}
	e.epoch.Store(int64(r.Epoch))
	e.payoutsHeld.Store(r.Held())
	return nil
}

// mayPayOut checks that refunds are not held. It reads the store each time: the store may
// have been restored, or the hold lifted, while this process runs.
//
// Faults: Conflict; those of the store.
func (e *Engine) mayPayOut(ctx context.Context) error {
	if err := e.loadRestoration(ctx); err != nil {
		return err
	}
	if e.payoutsHeld.Load() {
		return errPayoutsHeld()
	}
	return nil
}

// epochNow returns the epoch of new ids, as last read.
func (e *Engine) epochNow() int { return int(e.epoch.Load()) }

// Restoration returns the last restore of the store from a backup, and while refunds are
// held, how many orders have not been queried at their wallets since.
func (e *Engine) Restoration(ctx context.Context) (r store.Restoration, unqueried int, err error) {
	if r, err = e.store.Restoration(ctx); err == nil && r.Held() {
		unqueried, err = e.store.UnqueriedOrders(ctx)
	}
	return r, unqueried, err
}

// LiftRestoration ends the hold of refunds after a restore. by is the operator and note the
// reason, for the books.
//
// Faults: Invalid without a note; Conflict when nothing is held, or while open or recent
// orders have not been queried since.
func (e *Engine) LiftRestoration(ctx context.Context, by, note string) (store.Restoration, error) {
	const op = "engine.LiftRestoration"
	if note == "" || by == "" {
		return store.Restoration{}, fault.InvalidField(op, "note", "is required, and who says so")
	}
	unqueried, err := e.store.UnqueriedOrders(ctx)
	if err != nil {
		return store.Restoration{}, err
	}
	if unqueried > 0 {
		return store.Restoration{}, fault.New(fault.Conflict, op, strconv.Itoa(unqueried)+" orders have not been queried since the restore.")
	}
	return e.store.LiftRestoration(ctx, store.Dismissal{By: by, Note: note, At: e.clock()})
}

// maxRecovered bounds how many operations of one kind are recovered for an order.
const maxRecovered = 20

// queryRecovered queries the payments and refunds that an order would have had
// next before the store was restored: what was made after the backup is not in the store,
// and the wallets have reported it already. known is what they have just answered.
func (e *Engine) queryRecovered(ctx context.Context, o *bridge.Order, known []finding) (answers []finding, err error) {
	for n := len(o.Payments) + 1; n <= len(o.Payments)+maxRecovered; n++ {
		found, askErr := e.queryRecoveredPayments(ctx, o, n)
		err = errors.Join(err, askErr)
		answers = append(answers, found...)
		if len(found) == 0 {
			break
		}
	}
	paid := refundables(o, slices.Concat(known, answers))
	for n := len(o.Refunds) + 1; n <= len(o.Refunds)+maxRecovered; n++ {
		found, askErr := e.queryRecoveredRefunds(ctx, o.ID, paid, n)
		err = errors.Join(err, askErr)
		answers = append(answers, found...)
		if len(found) == 0 {
			break
		}
	}
	return answers, err
}

// recoveredIDs returns the request ids that the nth operation of an order may have had before
// the store was restored. The same backup may have been restored more than once, so that
// any earlier epoch may have been the one in which it was made.
func recoveredIDs(id func(epoch int) string, now int) (list []string) {
	for epoch := now - 1; epoch >= 0; epoch-- {
		list = append(list, id(epoch))
	}
	return list
}

// queryRecoveredPayments queries the wallets of the order's app about its nth payment.
func (e *Engine) queryRecoveredPayments(ctx context.Context, o *bridge.Order, n int) (found []finding, err error) {
	app := e.apps[o.App]
	if app == nil {
		return nil, nil
	}
	id := func(epoch int) string { return o.ID.RequestID(bridge.OpPayment, n, epoch) }
	for _, id := range recoveredIDs(id, e.epochNow()) {
		for _, name := range app.Wallets {
			t := e.wallets[name]
			if !outbound.CanQuery(t) {
				continue
			}
			asked := e.clock()
			got, askErr := t.Query(ctx, e.timeout, wallet.Ref{RequestID: id})
			if askErr == nil {
				news := bridge.News{Source: bridge.FromQuery, Wallet: name, Payment: &got, Queryable: true, Recovered: true}
				found = append(found, finding{news: news, asked: asked, lag: t.Lag()})
				break
			}
			err = errors.Join(err, unlessAbsent(askErr))
		}
	}
	return found, err
}

// queryRecoveredRefunds queries the wallets of paid payments for the nth refund of their order.
func (e *Engine) queryRecoveredRefunds(ctx context.Context, o bridge.OrderID, paid []refundable, n int) (found []finding, err error) {
	id := func(epoch int) string { return o.RequestID(bridge.OpRefund, n, epoch) }
	for _, id := range recoveredIDs(id, e.epochNow()) {
		for _, p := range paid {
			t := e.wallets[p.wallet]
			if t == nil || !outbound.Can[wallet.RefundQuerier](t.Wallet) {
				continue
			}
			asked := e.clock()
			got, askErr := t.QueryRefund(ctx, e.timeout, wallet.RefundRef{RequestID: id, Payment: p.ref})
			if askErr == nil {
				news := bridge.News{Source: bridge.FromQuery, Wallet: p.wallet, Refund: &got, Queryable: true, Recovered: true}
				found = append(found, finding{news: news, asked: asked, lag: t.Lag()})
				break
			}
			err = errors.Join(err, unlessAbsent(askErr))
		}
	}
	return found, err
}

// unlessAbsent is the fault of a query, nil when its answer is that there is nothing.
func unlessAbsent(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// refundable is a payment that may have been refunded.
type refundable struct {
	wallet string
	ref    wallet.Ref
}

// refundables returns the payments of an order that are paid, in the store or by what the
// wallets have just answered: an order that was open when the backup was made may have been
// paid and refunded since.
func refundables(o *bridge.Order, answered []finding) (list []refundable) {
	known := map[string]bool{}
	for i := range o.Payments {
		if p := &o.Payments[i]; p.Paid > 0 {
			list = append(list, refundable{p.Wallet, p.Ref()})
			known[p.RequestID] = true
		}
	}
	for i := range answered {
		if p := answered[i].news.Payment; p != nil && p.Status == wallet.Paid && !known[p.RequestID] {
			list = append(list, refundable{answered[i].news.Wallet, p.Ref})
			known[p.RequestID] = true
		}
	}
	return list
}
