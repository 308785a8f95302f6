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

// errHeld is what a caller hears while no money may go out.
func errHeld() error {
	return fault.New(fault.Conflict, "engine.Refund", "The store was restored from a backup. Refunds are held until every order was asked about and a person lifts that.")
}

// loadRestoration reads the epoch of new ids, and whether money out is held.
func (e *Engine) loadRestoration(ctx context.Context) error {
	r, err := e.store.Restoration(ctx)
	if err != nil {
		return err
	}
	if r.Epoch > bridge.MaxEpoch {
		return fault.New(fault.Internal, "engine.New", "The store was restored too often: request ids have no more room.")
	}
	e.epoch.Store(int64(r.Epoch))
	e.holding.Store(r.Held())
	return nil
}

// mayPayOut says whether money may go out. The store is read each time: it may have been
// restored, or its hold lifted, while this process runs.
//
// Faults: Conflict; those of the store.
func (e *Engine) mayPayOut(ctx context.Context) error {
	if err := e.loadRestoration(ctx); err != nil {
		return err
	}
	if e.holding.Load() {
		return errHeld()
	}
	return nil
}

// epochNow is the epoch of new ids, as last read.
func (e *Engine) epochNow() int { return int(e.epoch.Load()) }

// Restoration tells whether the store was restored from a backup, and how many orders
// nobody has been asked about since.
func (e *Engine) Restoration(ctx context.Context) (r store.Restoration, unasked int, err error) {
	if r, err = e.store.Restoration(ctx); err == nil && r.Held() {
		unasked, err = e.store.UnaskedOrders(ctx)
	}
	return r, unasked, err
}

// LiftRestoration lets money out again after a restore, once every open and recent order
// was asked about.
//
// Faults: Invalid without a note; Conflict when nothing is held, or while orders have not
// been asked about.
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

// mostForgotten bounds how many operations of one kind are looked for that a restored
// store may have forgotten.
const mostForgotten = 20

// forgotten asks the wallets about the payments and refunds that an order would have had
// next before the store was restored: what was made after the backup is not in the store,
// and the wallets have told of it already.
func (e *Engine) forgotten(ctx context.Context, o *bridge.Order) (answers []finding, err error) {
	for n := len(o.Payments) + 1; n <= len(o.Payments)+mostForgotten; n++ {
		found, askErr := e.forgottenPayment(ctx, o, n)
		if err = errors.Join(err, askErr); found == nil {
			break
		}
		answers = append(answers, *found)
	}
	for n := len(o.Refunds) + 1; n <= len(o.Refunds)+mostForgotten; n++ {
		found, askErr := e.forgottenRefund(ctx, o, n)
		if err = errors.Join(err, askErr); found == nil {
			break
		}
		answers = append(answers, *found)
	}
	return answers, err
}

// forgottenPayment asks the wallets of the order's app for its nth payment.
func (e *Engine) forgottenPayment(ctx context.Context, o *bridge.Order, n int) (*finding, error) {
	app := e.apps[o.App]
	if app == nil {
		return nil, nil
	}
	ref := wallet.Ref{RequestID: o.ID.RequestID(bridge.OpPayment, n, e.epochNow()-1)}
	var faults []error
	for _, name := range app.Wallets {
		t := e.wallets[name]
		if !outbound.CanAsk(t) {
			continue
		}
		asked := e.clock()
		got, err := t.Query(ctx, e.timeout, ref)
		if err == nil {
			news := bridge.News{Source: bridge.FromQuery, Wallet: name, Payment: &got, Askable: true, Forgotten: true}
			return &finding{news: news, asked: asked, lag: t.Lag()}, nil
		}
		if fault.KindOf(err) != fault.NotFound {
			faults = append(faults, err)
		}
	}
	return nil, errors.Join(faults...)
}

// forgottenRefund asks the wallets of the order's paid payments for its nth refund.
func (e *Engine) forgottenRefund(ctx context.Context, o *bridge.Order, n int) (*finding, error) {
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
			news := bridge.News{Source: bridge.FromQuery, Wallet: p.Wallet, Refund: &got, Askable: true, Forgotten: true}
			return &finding{news: news, asked: asked, lag: t.Lag()}, nil
		}
		if fault.KindOf(err) != fault.NotFound {
			faults = append(faults, err)
		}
	}
	return nil, errors.Join(faults...)
}
