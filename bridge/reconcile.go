package bridge

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const (
	lookEvery  = time.Second    // how often Run sees what is due
	lookBatch  = 128            // how many orders are claimed at once
	keepClaims = 48 * time.Hour // how long an answer is replayed
	pruneEvery = time.Hour
)

// Run makes orders end: it asks wallets about orders that are due, until ctx ends,
// and returns when the looks that were under way have ended too. Any number of nodes
// may run at once.
func (e *Engine) Run(ctx context.Context) error {
	var running sync.WaitGroup
	running.Go(func() { e.follow(ctx) })
	running.Go(func() { e.followEndpoints(ctx) })
	defer running.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var pruned time.Time
	for {
		if _, err := e.start(ctx, &running); err != nil && ctx.Err() == nil {
			e.log.Error("cannot see what is due", "fault", err)
		}
		if now := e.clock(); now.Sub(pruned) > pruneEvery {
			pruned = now
			if err := e.store.Prune(ctx, now.Add(-keepClaims)); err != nil && ctx.Err() == nil {
				e.log.Error("cannot forget old idempotency keys", "fault", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// RunOnce looks at every order that is due now, and returns how many there were.
func (e *Engine) RunOnce(ctx context.Context) (int, error) {
	var running sync.WaitGroup
	total := 0
	for {
		n, err := e.start(ctx, &running)
		total += n
		running.Wait()
		if n == 0 || err != nil {
			return total, err
		}
	}
}

// start claims what is due and begins to look at it.
func (e *Engine) start(ctx context.Context, running *sync.WaitGroup) (int, error) {
	now := e.clock()
	next, err := e.store.NextDue(ctx)
	if err != nil || next.IsZero() || next.After(now) {
		return 0, err
	}
	orders, err := e.store.ClaimDueOrders(ctx, now, 2*e.timeout+busyGrace, lookBatch)
	for _, o := range orders {
		running.Go(func() { e.look(context.WithoutCancel(ctx), o) })
	}
	return len(orders), err
}

// look is one look at a due order. A wallet that holds up looks of its own orders,
// is down or wants no looks now holds up no others: its orders wait for the lease to
// end.
func (e *Engine) look(ctx context.Context, o Order) {
	if p := o.LastPayment(); p != nil {
		if t := e.wallets[p.Wallet]; t != nil {
			if !t.startLook(e.clock()) {
				return
			}
			defer t.endLook()
		}
	}
	if err := e.refresh(ctx, o, "", true); err != nil {
		e.log.Warn("an order could not be looked at", "order", o.ID, "fault", err)
	}
}

// startLook takes one of the wallet's places for looks, if it can be asked now.
func (t *till) startLook(now time.Time) bool {
	if t.breaker.open(now) || now.UnixMilli() < t.resting.Load() {
		return false
	}
	select {
	case t.looks <- struct{}{}:
		return true
	default:
		return false
	}
}

func (t *till) endLook() { <-t.looks }

// rest notes how long a wallet wants to be left alone.
func (t *till) rest(now time.Time, err error) {
	if wait := fault.Of(err).RetryAfter; err != nil && wait > 0 {
		t.resting.Store(now.Add(wait).UnixMilli())
	}
}

// Refresh asks the wallets about an order now and returns it as it then stands.
func (e *Engine) Refresh(ctx context.Context, id OrderID) (Order, error) {
	order, err := e.store.Order(ctx, id)
	if err != nil {
		return order, err
	}
	if err := e.refresh(ctx, order, "", false); err != nil {
		return order, err
	}
	return e.store.Order(ctx, id)
}

// finding is what a wallet said of one payment or refund.
type finding struct {
	news    News
	payment int        // whose finding it is
	refund  int        // or whose
	absent  bool       // the wallet does not know it
	kept    *InboxItem // where the news waited
}

// refresh asks about everything of the order that is not settled, and commits what
// is learnt. due says that it is a look of the schedule, which counts, and which
// ends what is past its time.
func (e *Engine) refresh(ctx context.Context, o Order, hint string, due bool) error {
	// What a wallet says while a call is under way may be old when that call has ended.
	ends := due && !o.BusyUntil.After(e.clock())
	findings, faults := e.ask(ctx, &o, hint)
	earlier, err := e.kept(ctx, o.ID)
	findings, faults = append(findings, earlier...), append(faults, err)
	if ends && (o.overdue(e.clock()) || o.superfluous() != nil) {
		closing, err := e.closeOpen(ctx, &o, findings)
		findings = append(findings, closing...)
		faults = append(faults, err)
	}
	if due {
		_, err := e.complete(ctx, o, findings)
		faults = append(faults, err)
	}
	var heard []*InboxItem
	_, err = e.update(ctx, o.ID, func(c *Change) error {
		heard = nil
		for _, f := range findings {
			if f.news.Payment == nil && f.news.Refund == nil {
				continue
			}
			err := c.Apply(f.news, e.clock())
			faults = append(faults, err)
			switch {
			case f.heard(err):
				heard = append(heard, f.kept)
			case f.kept != nil:
				c.flag(UnknownPayment, FromNotification, e.clock())
			}
		}
		if ends {
			e.endExpired(c, findings)
		}
		if due {
			e.doubtRefunds(c)
		}
		if due && len(c.Events) == 0 {
			c.Order.Looks++
		}
		return nil
	})
	if err == nil {
		err = e.forget(ctx, heard)
	}
	return errors.Join(append(faults, err)...)
}

// ask queries the wallets about all payments and refunds whose end is not known.
func (e *Engine) ask(ctx context.Context, o *Order, hint string) (findings []finding, faults []error) {
	for i := range o.Payments {
		p := &o.Payments[i]
		t := e.wallets[p.Wallet]
		if t == nil || p.Status == wallet.Paid || p.Status == wallet.Voided || !canAsk(t) {
			continue
		}
		got, err := query(ctx, e.timeout, t, p)
		t.rest(e.clock(), err)
		switch {
		case err == nil:
			findings = append(findings, finding{
				news:    News{Source: FromQuery, Wallet: p.Wallet, Payment: &got, Hint: hint},
				payment: p.Number,
			})
		case fault.KindOf(err) == fault.NotFound:
			findings = append(findings, finding{payment: p.Number, absent: true})
		default:
			faults = append(faults, err)
		}
	}
	refunds, err := e.askRefunds(ctx, o)
	return append(findings, refunds...), append(faults, err)
}

// complete asks again for what was reserved and never answered: the process died, or
// the wallet did, before anybody knew. Under its own request id that is no second
// time.
func (e *Engine) complete(ctx context.Context, o Order, findings []finding) (Order, error) {
	var faults []error
	for i := range o.Refunds {
		if number := o.Refunds[i].Number; slices.ContainsFunc(findings, func(f finding) bool { return f.refund == number && f.absent }) {
			outcome, err := e.runRefund(ctx, o, number, true, nil)
			o, faults = outcome.Order, append(faults, err)
		}
	}
	if p := o.authorized(); p != nil && p.Operation != nil && !o.BusyUntil.After(e.clock()) {
		outcome, err := e.runOperation(ctx, o, p.Number, nil)
		o, faults = outcome.Order, append(faults, err)
	}
	return o, errors.Join(faults...)
}

func canAsk(t *till) bool { return can[wallet.Querier](t.Wallet) }

func (e *Engine) askRefunds(ctx context.Context, o *Order) (findings []finding, err error) {
	for i := range o.Refunds {
		r := &o.Refunds[i]
		p := &o.Payments[r.Payment-1]
		t := e.wallets[p.Wallet]
		if t == nil || r.Status != wallet.RefundPending && r.Status != wallet.RefundWaiting {
			continue
		}
		querier, ok := t.Wallet.(wallet.RefundQuerier)
		if !ok {
			continue
		}
		ref := wallet.RefundRef{RequestID: r.RequestID, RefundID: r.WalletRefundID, Payment: p.Ref()}
		got, callErr := call(ctx, e, t, func(ctx context.Context) (wallet.Refund, error) {
			return querier.QueryRefund(ctx, ref)
		})
		if fault.KindOf(callErr) == fault.NotFound {
			findings = append(findings, finding{refund: r.Number, absent: true})
			continue
		}
		if callErr != nil {
			err = errors.Join(err, callErr)
			continue
		}
		got.RefundRef = wallet.RefundRef{RequestID: r.RequestID, RefundID: got.RefundID, Payment: p.Ref()}
		findings = append(findings, finding{news: News{Source: FromQuery, Wallet: p.Wallet, Refund: &got}})
	}
	return findings, err
}

// doubtRefunds asks for a person's attention to refunds that got no answer from a wallet
// that cannot be asked: repeating them could give money back twice.
func (e *Engine) doubtRefunds(c *Change) {
	now := e.clock()
	for _, r := range c.Order.Refunds {
		t := e.wallets[c.Order.Payments[r.Payment-1].Wallet]
		if t == nil || r.Status != wallet.RefundPending || r.WalletRefundID != "" || now.Before(r.CreatedAt.Add(e.timeout)) {
			continue
		}
		if !can[wallet.RefundQuerier](t.Wallet) {
			c.raise(r.Payment, RefundUnconfirmed, nil, News{Source: FromTime}, now)
		}
	}
}

// closeOpen closes, at wallets that can, what is still open when the order's time is
// up or its money is there, so that a payer who comes late is turned away there.
func (e *Engine) closeOpen(ctx context.Context, o *Order, findings []finding) (closing []finding, err error) {
	for _, f := range findings {
		p := o.Payment(f.payment)
		if p == nil || !p.Open() || f.absent || f.news.Payment.Status != wallet.Pending {
			continue
		}
		t := e.wallets[p.Wallet]
		canceler, ok := t.Wallet.(wallet.Canceler)
		if !ok {
			continue
		}
		got, callErr := call(ctx, e, t, func(ctx context.Context) (wallet.Payment, error) {
			return canceler.Cancel(ctx, p.Ref())
		})
		if callErr != nil {
			err = errors.Join(err, callErr)
			continue
		}
		got.RequestID = p.RequestID
		closing = append(closing, finding{payment: p.Number, news: News{
			Source: FromQuery, Wallet: p.Wallet, Payment: &got, TimedOut: o.overdue(e.clock()),
		}})
	}
	return closing, err
}

// endExpired expires what is past its time when the last word of its wallet is that
// nothing was paid. Without a word, nothing ends: unknown is not failed.
func (e *Engine) endExpired(c *Change, findings []finding) {
	now := e.clock()
	o := &c.Order
	if !o.overdue(now) || o.BusyUntil.After(now) {
		return
	}
	if open := o.OpenPayment(); open == nil || e.unpaid(open, findings) {
		c.expire(now) // which leaves alone what has ended, and held money
	}
}

// unpaid says that the wallet's last word on an open payment is that it is unpaid,
// or that the wallet cannot be asked at all.
func (e *Engine) unpaid(p *Payment, findings []finding) bool {
	t := e.wallets[p.Wallet]
	if t == nil {
		return false
	}
	if !canAsk(t) {
		return true
	}
	cancels := can[wallet.Canceler](t.Wallet)
	for i := len(findings) - 1; i >= 0; i-- {
		f := findings[i]
		switch {
		case f.payment != p.Number:
			continue
		case f.absent:
			return true
		case f.news.Payment.Status == wallet.Pending:
			return !cancels // a wallet that can close it has not done so
		}
		return false
	}
	return false
}
