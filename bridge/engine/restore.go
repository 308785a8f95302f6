package engine

import (
	"context"
	"errors"
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
func (e *Engine) Restoration(ctx context.Context) (r store.Restoration, unasked int, err error) {
	if r, err = e.store.Restoration(ctx); err == nil && r.Held() {
		unasked, err = e.store.UnaskedOrders(ctx)
	}
	return r, unasked, err
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
	unasked, err := e.store.UnaskedOrders(ctx)
	if err != nil {
		return store.Restoration{}, err
	}
	if unasked > 0 {
		return store.Restoration{}, fault.New(fault.Conflict, op, strconv.Itoa(unasked)+" orders have not been asked about since the restore.")
	}
	return e.store.LiftRestoration(ctx, store.Dismissal{By: by, Note: note, At: e.clock()})
}

// maxRecovered bounds how many operations of one kind are recovered for an order.
const maxRecovered = 20

// queryRecovered queries the payments and refunds that a restored store may lack: those that
// were made after the backup have the next request ids of the order in the previous epoch.
func (e *Engine) queryRecovered(ctx context.Context, o *bridge.Order) (answers []finding, err error) {
	for n := len(o.Payments) + 1; n <= len(o.Payments)+maxRecovered; n++ {
		found, askErr := e.queryRecoveredPayment(ctx, o, n)
		if err = errors.Join(err, askErr); found == nil {
			break
		}
		answers = append(answers, *found)
	}
	for n := len(o.Refunds) + 1; n <= len(o.Refunds)+maxRecovered; n++ {
		found, askErr := e.queryRecoveredRefund(ctx, o, n)
		if err = errors.Join(err, askErr); found == nil {
			break
		}
		answers = append(answers, *found)
	}
	return answers, err
}

// queryRecoveredPayment queries the wallets of the order's app about its nth payment.
func (e *Engine) queryRecoveredPayment(ctx context.Context, o *bridge.Order, n int) (*finding, error) {
	app := e.apps[o.App]
	if app == nil {
		return nil, nil
	}
	ref := wallet.Ref{RequestID: o.ID.RequestID(bridge.OpPayment, n, e.epochNow()-1)}
	var faults []error
	for _, name := range app.Wallets {
		t := e.wallets[name]
		if !outbound.CanQuery(t) {
			continue
		}
		asked := e.clock()
		got, err := t.Query(ctx, e.timeout, ref)
		if err == nil {
			news := bridge.News{Source: bridge.FromQuery, Wallet: name, Payment: &got, Queryable: true, Recovered: true}
			return &finding{news: news, asked: asked, lag: t.Lag()}, nil
		}
		if fault.KindOf(err) != fault.NotFound {
			faults = append(faults, err)
		}
	}
	return nil, errors.Join(faults...)
}

// queryRecoveredRefund queries the wallets of the order's paid payments about its nth refund.
func (e *Engine) queryRecoveredRefund(ctx context.Context, o *bridge.Order, n int) (*finding, error) {
	var faults []error
	for i := range o.Payments {
		p := &o.Payments[i]
		t := e.wallets[p.Wallet]
		if p.Paid == 0 || t == nil || !outbound.Can[wallet.RefundQuerier](t.Wallet) {
			continue
		}
		asked := e.clock()
		got, err := t.QueryRefund(ctx, e.timeout, wallet.RefundRef{RequestID: o.ID.RequestID(bridge.OpRefund, n, e.epochNow()-1), Payment: p.Ref()})
		if err == nil {
			news := bridge.News{Source: bridge.FromQuery, Wallet: p.Wallet, Refund: &got, Queryable: true, Recovered: true}
			return &finding{news: news, asked: asked, lag: t.Lag()}, nil
		}
		if fault.KindOf(err) != fault.NotFound {
			faults = append(faults, err)
		}
	}
	return nil, errors.Join(faults...)
}
