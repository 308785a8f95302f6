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

// Bounds of the search for operations that a restored store lacks. Numbers have gaps: a call
// that reached no wallet used one, too.
const (
	MaxRecovered = 20 // numbers of one kind that are searched for an order
	MaxGap       = 3  // unknown numbers in a row that end the search
)

// queryRecovered queries the payments and refunds that an order would have had
// next before the store was restored: what was made after the backup is not in the store,
// and the wallets have reported it already. known is what they have just answered.
func (e *Engine) queryRecovered(ctx context.Context, o *bridge.Order, known []finding) ([]finding, error) {
	payment := func(n, epoch int) string { return o.ID.RequestID(bridge.OpPayment, n, epoch) }
	payments, err := e.recoverNext(len(o.Payments), payment, e.paymentQueries(ctx, o))
	paid := refundables(o, slices.Concat(known, payments))
	refund := func(n, epoch int) string { return o.ID.RequestID(bridge.OpRefund, n, epoch) }
	refunds, refundsErr := e.recoverNext(len(o.Refunds), refund, e.refundQueries(ctx, paid))
	return append(payments, refunds...), errors.Join(err, refundsErr)
}

// recoverNext finds an order's operations of one kind after those that are known, with ascending
// numbers until MaxGap in a row are unknown. requestID returns the id of the nth. A number that
// not every wallet has answered ends the search without a finding: the next query of the order
// begins with it.
func (e *Engine) recoverNext(known int, requestID func(n, epoch int) string, queries []recoveryQuery) (answers []finding, err error) {
	for n, unknown := known+1, 0; n <= known+MaxRecovered && unknown < MaxGap; n++ {
		ids := recoveredIDs(func(epoch int) string { return requestID(n, epoch) }, e.epochNow())
		found, err := e.recoverIDs(ids, queries)
		if err != nil {
			return answers, err
		}
		if unknown++; len(found) > 0 {
			unknown = 0
		}
		answers = append(answers, found...)
	}
	return answers, nil
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

// recoveryQuery queries one wallet for the operation of a request id.
type recoveryQuery struct {
	wallet *outbound.Wallet
	send   func(id string) (bridge.News, error)
}

// paymentQueries are those for payments, at the wallets of the order's app.
func (e *Engine) paymentQueries(ctx context.Context, o *bridge.Order) (list []recoveryQuery) {
	app := e.apps[o.App]
	if app == nil {
		return nil
	}
	for _, name := range app.Wallets {
		t := e.wallets[name]
		if !outbound.CanQuery(t) {
			continue
		}
		list = append(list, recoveryQuery{t, func(id string) (bridge.News, error) {
			got, err := t.Query(ctx, e.timeout, wallet.Ref{RequestID: id})
			return bridge.News{Payment: &got}, err
		}})
	}
	return list
}

// refundQueries are those for refunds of paid payments, at their wallets.
func (e *Engine) refundQueries(ctx context.Context, paid []refundable) (list []recoveryQuery) {
	for _, p := range paid {
		t := e.wallets[p.wallet]
		if t == nil || !outbound.Can[wallet.RefundQuerier](t.Wallet) {
			continue
		}
		list = append(list, recoveryQuery{t, func(id string) (bridge.News, error) {
			got, err := t.QueryRefund(ctx, e.timeout, wallet.RefundRef{RequestID: id, Payment: p.ref})
			return bridge.News{Refund: &got}, err
		}})
	}
	return list
}

// recoverIDs sends the queries for each id until one of them finds its operation.
func (e *Engine) recoverIDs(ids []string, queries []recoveryQuery) (found []finding, err error) {
	for _, id := range ids {
		for _, q := range queries {
			sentAt := e.clock()
			news, queryErr := q.send(id)
			if queryErr == nil {
				news.Source, news.Wallet, news.Queryable, news.Recovered = bridge.FromQuery, q.wallet.Name, true, true
				found = append(found, finding{news: news, sentAt: sentAt, lag: q.wallet.Lag()})
				break
			}
			err = errors.Join(err, unlessAbsent(queryErr))
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
