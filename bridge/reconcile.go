package bridge

import (
	"cmp"
	"context"
	"errors"
	"runtime/debug"
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
	e.nameMissing(ctx)
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

// nameMissing logs the wallets that have open work and are not configured: removed or
// renamed. Their orders are flagged when they are looked at.
func (e *Engine) nameMissing(ctx context.Context) {
	names, err := e.store.OpenWallets(ctx)
	if err != nil {
		if ctx.Err() == nil {
			e.log.Error("cannot see which wallets have open work", "fault", err)
		}
		return
	}
	for _, name := range names {
		if name != "" && e.wallets[name] == nil {
			e.log.Error("a wallet with open orders is not configured; they cannot end until it is, under the same name", "wallet", name)
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
// end. A panic ends the look and nothing else.
func (e *Engine) look(ctx context.Context, o Order) {
	defer func() {
		if p := recover(); p != nil {
			e.panicked(ctx, o.ID, p)
		}
	}()
	if p := o.LastPayment(); p != nil {
		if t := e.wallets[p.Wallet]; t != nil {
			if !t.startLook(e.clock()) {
				e.flagUnasked(ctx, o.ID)
				return
			}
			defer t.endLook()
		}
	}
	if err := e.refresh(ctx, o, "", true); err != nil {
		e.log.Warn("an order could not be looked at", "order", o.ID, "fault", err)
	}
}

var errUnasked = errors.New("the wallet was not asked")

// flagUnasked flags what is open for too long in an order whose wallet is not asked now.
func (e *Engine) flagUnasked(ctx context.Context, id OrderID) {
	_, err := e.update(ctx, id, func(c *Change) error {
		e.flagOpen(c)
		switch now := e.clock(); {
		case !c.Order.unsettled(): // a late look
			c.count(errUnasked, now)
		case len(c.Events) > 0:
			c.due = c.Order.DueAt // when the lease ends
		}
		return nil
	})
	if err != nil {
		e.log.Warn("an order could not be looked at", "order", id, "fault", err)
	}
}

// panicked logs a panic in a look and flags its order, which is looked at again when the
// lease ends.
func (e *Engine) panicked(ctx context.Context, id OrderID, p any) {
	defer func() {
		if again := recover(); again != nil {
			e.log.Error("an order that made a look panic cannot be flagged", "order", id, "panic", again)
		}
	}()
	e.log.Error("a look panicked", "order", id, "panic", p, "stack", string(debug.Stack()))
	if id == "" {
		return
	}
	_, err := e.update(ctx, id, func(c *Change) error {
		c.flag(InternalError, FromTime, e.clock())
		c.due = e.clock().Add(slowestLook)
		return nil
	})
	if err != nil {
		e.log.Error("an order that made a look panic cannot be flagged", "order", id, "fault", err)
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

	asked time.Time     // when the question was sent
	lag   time.Duration // how far behind the answer may be
	calls Calls         // as they were counted when it was asked
}

// conclusive says that a wallet's answer that it does not have an operation is true for
// good: it was asked long enough after the last call, and none was made since; or no call
// can have been executed.
func (e *Engine) conclusive(f *finding, calls Calls, created time.Time) bool {
	if !calls.doubtful() {
		return f.calls.same(calls)
	}
	settled := calls.since(created).Add(e.timeout + clockSkew + f.lag)
	return f.calls.same(calls) && !f.asked.Before(settled)
}

// applyFinding applies what a wallet said in answer to a query, if it said anything.
func (e *Engine) applyFinding(c *Change, f *finding) error {
	if f.news.Payment == nil && f.news.Refund == nil {
		return nil
	}
	return c.Apply(f.news, e.clock())
}

// refresh asks about everything of the order that is not settled, and commits what
// is learnt. due says that it is a look of the schedule, which counts, and which
// ends what is past its time.
func (e *Engine) refresh(ctx context.Context, o Order, hint string, due bool) error {
	// What a wallet says while a call is under way may be old when that call has ended.
	ends := due && !o.BusyUntil.After(e.clock())
	earlier, err := e.kept(ctx, &o)
	answers, unheard := e.ask(ctx, &o, hint, !due, earlier)
	if o.Looks < 0 {
		found, err := e.forgotten(ctx, &o)
		answers, unheard = append(answers, found...), errors.Join(unheard, err)
	}
	faults := []error{unheard, err}
	ends = ends && err == nil // what is kept may say that it is paid
	if ends && (o.overdue(e.clock()) || o.Closed != "" || o.superfluous() != nil) {
		closing, err := e.closeOpen(ctx, &o, answers, earlier)
		answers = append(answers, closing...)
		faults = append(faults, err)
	}
	var heard []*InboxItem
	order, err := e.update(ctx, o.ID, func(c *Change) error {
		heard = nil
		for i := range answers {
			faults = append(faults, e.learnFrom(c, &answers[i]))
		}
		for _, f := range earlier {
			err := e.applyFinding(c, &f)
			switch {
			case f.heard(err, answers):
				heard = append(heard, f.kept)
			case errors.Is(err, errUnconfirmed):
				c.waitFor(f.kept.ReceivedAt.Add(e.lagOf(f.kept.Wallet)+clockSkew), e.clock())
			case fault.KindOf(err) == fault.NotFound && !errors.Is(err, errUndecided):
				c.flag(UnknownPayment, FromNotification, e.clock())
			}
		}
		if ends && !c.Order.BusyUntil.After(e.clock()) {
			c.endOpen(func(number int) bool { return e.mayEnd(c.Order.Payment(number), answers, earlier) }, e.clock())
		}
		if due {
			e.flagOpen(c)
			c.count(unheard, e.clock())
		}
		return nil
	})
	if err == nil {
		err = e.forget(ctx, heard)
	}
	if err == nil && due {
		err = e.complete(ctx, order, answers)
	}
	return errors.Join(append(faults, err)...)
}

// learnFrom applies what a wallet answered, or notes that it does not have what it was
// asked for: then the next try is as good as the first.
func (e *Engine) learnFrom(c *Change, f *finding) error {
	if !f.absent {
		return e.applyFinding(c, f)
	}
	now := e.clock()
	switch p := c.Order.Payment(f.payment); {
	case p != nil && p.Open() && p.Calls.Tries > 0 && e.conclusive(f, p.Calls, p.CreatedAt):
		c.recount(p.Number, p.Calls.absent(), false, now)
	case f.refund > 0:
		// A wallet that has forgotten a refund that it has named is not asked for it again.
		r := c.Order.Refunds[f.refund-1]
		if r.open() && r.taken() && e.conclusive(f, r.Calls, r.CreatedAt) {
			c.raiseRefund(f.refund, RefundUnresolved, nil, FromQuery, now)
		}
	}
	return nil
}

// flagOpen flags what is open for too long, or where it cannot end by itself.
func (e *Engine) flagOpen(c *Change) {
	now := e.clock()
	e.doubtRefunds(c)
	e.doubtOperations(c)
	c.flagOverdue(now)
	if c.Order.unsettled() {
		for i := range c.Order.Payments {
			if p := c.Order.Payments[i]; e.wallets[p.Wallet] == nil && (p.Open() || p.held() || c.Order.nameless(p.Number)) {
				c.raise(p.Number, WalletMissing, nil, News{Source: FromTime}, now)
			}
		}
	}
}

// count counts a look that brought nothing new. One that no wallet answered does not
// count for an order that has to be asked about since the store was restored.
func (c *Change) count(unheard error, now time.Time) {
	switch {
	case c.Order.Looks >= 0 && len(c.Events) == c.counted && (unheard == nil || c.Order.unsettled() || now.After(c.Order.ExpiresAt.Add(lateLimit))):
		c.Order.Looks++ // a late look that no wallet answered does not count, for a week
	case c.Order.Looks < 0 && unheard == nil:
		c.Order.Looks = 0
	case c.Order.Looks >= 0 && len(c.Events) == c.counted:
		c.waitFor(now.Add(lateLooks[0]), now)
	}
}

// ask queries the wallets about all payments and refunds whose end is not known, and
// about what may have changed since: what kept notifications are about, and with whole
// what is paid too.
func (e *Engine) ask(ctx context.Context, o *Order, hint string, whole bool, earlier []finding) (answers []finding, err error) {
	whole = whole || o.flagged(LatePayment) || o.Looks < 0
	for i := range o.Payments {
		p := &o.Payments[i]
		t := e.wallets[p.Wallet]
		if t == nil || !canAsk(t) {
			continue
		}
		for _, ref := range p.questions(whole, earlier) {
			f, askErr := e.askPayment(ctx, o, p.Number, ref, hint)
			t.rest(e.clock(), askErr)
			if askErr != nil {
				err = errors.Join(err, askErr)
				continue
			}
			answers = append(answers, f)
		}
	}
	for i := range o.Refunds {
		r := &o.Refunds[i]
		t := e.wallets[o.Payments[r.Payment-1].Wallet]
		told := slices.ContainsFunc(earlier, func(f finding) bool { return f.tellsOf(r) })
		askable := t != nil && (can[wallet.RefundQuerier](t.Wallet) || r.open() && !r.Calls.doubtful())
		if !askable || r.RequestID == "" || r.Status == wallet.RefundSucceeded && !told {
			continue
		}
		f, askErr := e.askRefund(ctx, o, r.Number)
		if askErr != nil {
			err = errors.Join(err, askErr)
			continue
		}
		answers = append(answers, f)
	}
	for _, f := range earlier {
		news := f.news.Refund
		t := e.wallets[f.news.Wallet]
		ours := news != nil && slices.ContainsFunc(o.Refunds, func(r Refund) bool { return f.tellsOf(&r) })
		if news == nil || ours || t == nil || !can[wallet.RefundQuerier](t.Wallet) {
			continue
		}
		asked := e.clock()
		got, askErr := queryRefund(ctx, e.timeout, t, news.RefundRef)
		if askErr == nil {
			answers = append(answers, finding{asked: asked, lag: t.lag(), news: News{Source: FromQuery, Wallet: t.name, Refund: &got, Askable: true}})
		}
	}
	return answers, err
}

// tellsOf says that a kept notification is about a refund of the order.
func (f *finding) tellsOf(r *Refund) bool {
	news := f.news.Refund
	return news != nil && (news.RequestID != "" && news.RequestID == r.RequestID || news.RefundID != "" && news.RefundID == r.WalletRefundID)
}

// questions are the names by which a wallet is asked about a payment: none when nothing
// is open about it. Kept news under another of the wallet's ids is asked about by that.
func (p *Payment) questions(whole bool, earlier []finding) (refs []wallet.Ref) {
	if p.Open() || p.held() || p.Status == wallet.Paid && whole || p.Status != wallet.Paid && p.Status != wallet.Voided {
		refs = append(refs, p.Ref())
	}
	for _, f := range earlier {
		news := f.news.Payment
		if news == nil || f.news.Wallet != p.Wallet || !sameRef(news.Ref, p.Ref()) {
			continue
		}
		if ref := (wallet.Ref{RequestID: p.RequestID, PaymentID: cmp.Or(news.PaymentID, p.Ref().PaymentID)}); !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// askPayment asks a wallet how a payment stands, by one of its names. That the wallet
// does not know it is a finding too.
func (e *Engine) askPayment(ctx context.Context, o *Order, number int, ref wallet.Ref, hint string) (finding, error) {
	p := o.Payment(number)
	f := finding{payment: number, calls: p.Calls, asked: e.clock()}
	if p.Operation != nil {
		f.calls = p.Operation.Calls
	}
	t, err := e.reach(p.Wallet)
	if err != nil {
		return f, err
	}
	f.lag = t.lag()
	got, err := query(ctx, e.timeout, t, ref)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		f.absent = true
		return f, nil
	}
	f.news = News{Source: FromQuery, Wallet: p.Wallet, Payment: &got, Hint: hint, Askable: true, Seen: p.Status}
	return f, err
}

// askRefund asks a wallet how a refund stands. One that was surely not executed is absent.
func (e *Engine) askRefund(ctx context.Context, o *Order, number int) (finding, error) {
	r := &o.Refunds[number-1]
	p := o.Payment(r.Payment)
	f := finding{refund: number, calls: r.Calls, asked: e.clock()}
	if r.Status == wallet.RefundPending && !r.Calls.doubtful() {
		f.absent = true
		return f, nil
	}
	t, err := e.reach(p.Wallet)
	if err != nil {
		return f, err
	}
	f.lag = t.lag()
	ref := wallet.RefundRef{RequestID: r.RequestID, RefundID: r.WalletRefundID, Payment: p.Ref(), AskedAt: r.Calls.since(r.CreatedAt)}
	got, err := queryRefund(ctx, e.timeout, t, ref)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		f.absent = true
		return f, nil
	}
	f.news = News{Source: FromQuery, Wallet: p.Wallet, Refund: &got, Askable: true}
	return f, err
}

// waitFor makes the order due when a wallet's answer can no longer lag.
func (c *Change) waitFor(at, now time.Time) {
	if at.After(now) && (c.due.IsZero() || at.Before(c.due)) {
		c.due = at
	}
}

func (e *Engine) lagOf(walletName string) time.Duration {
	if t := e.wallets[walletName]; t != nil {
		return t.lag()
	}
	return usualLag
}

// lag is how long the wallet's queries may lag behind its calls.
func (t *till) lag() time.Duration { return cmp.Or(t.pace.Lag, usualLag) }

func canAsk(t *till) bool { return can[wallet.Querier](t.Wallet) }

// complete goes on with what was reserved and never answered: the process died, or the
// wallet did, before anybody knew. It is sent again only when the wallet is sure not to
// have it, under its own request id.
func (e *Engine) complete(ctx context.Context, o Order, answers []finding) error {
	var faults []error
	for i := range answers {
		f := &answers[i]
		switch {
		case f.refund > 0 && f.absent:
			order, sent, err := e.reserveRepeat(ctx, o.ID, f)
			if err == nil && sent != nil {
				_, err = e.sendRefund(ctx, order, f.refund, *sent, nil)
			}
			faults = append(faults, err)
		case f.payment > 0 && !f.absent:
			if p := o.Payment(f.payment); p.Operation == nil || e.underWay(p.Operation.Calls, p.Operation.Calls.AskedAt) {
				continue
			}
			order, sent, err := e.reserveOperationAgain(ctx, o.ID, f)
			if err == nil && sent != nil {
				_, err = e.sendOperation(ctx, order, f.payment, *sent, nil)
			}
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// closeOpen closes, at wallets that can, what is still open when the order's time is up,
// when it was canceled, or when its money is there, so that a payer who comes late is
// turned away there. What the wallet has told of as paid is not closed, though its query
// does not say so yet: that would give the money back.
func (e *Engine) closeOpen(ctx context.Context, o *Order, answers, earlier []finding) (closing []finding, err error) {
	for _, f := range answers {
		p := o.Payment(f.payment)
		if p == nil || !p.Open() || f.absent || f.news.Payment.Status != wallet.Pending || toldPaid(p, earlier) {
			continue
		}
		canceler, cannot := e.canceler(p.Wallet)
		if cannot != nil {
			continue
		}
		got, callErr := callWallet(ctx, e, p.Wallet, func(ctx context.Context, _ *till) (wallet.Payment, error) {
			return canceler.Cancel(ctx, p.Ref())
		})
		if callErr != nil {
			err = errors.Join(err, callErr)
			continue
		}
		got.RequestID = p.RequestID
		closing = append(closing, finding{payment: p.Number, asked: f.asked, calls: f.calls, news: News{
			Source: FromQuery, Wallet: p.Wallet, Payment: &got, TimedOut: o.overdue(e.clock()) && o.Closed != wallet.Canceled,
			Askable: true, Seen: p.Status,
		}})
	}
	return closing, err
}

// toldPaid says that a kept notification, not yet borne out, says that a payment has
// money.
func toldPaid(p *Payment, earlier []finding) bool {
	return slices.ContainsFunc(earlier, func(f finding) bool {
		news := f.news.Payment
		return news != nil && f.news.Wallet == p.Wallet && sameRef(news.Ref, p.Ref()) &&
			(news.Status == wallet.Paid || news.Status == wallet.Authorized)
	})
}

// mayEnd says that the wallet's last word on an open payment is that it is unpaid and
// will stay so, or that the wallet cannot be asked at all. Without a word, nothing ends:
// unknown is not failed.
func (e *Engine) mayEnd(p *Payment, answers, earlier []finding) bool {
	t := e.wallets[p.Wallet]
	if t == nil || toldPaid(p, earlier) {
		return false
	}
	if !canAsk(t) {
		return p.Status != wallet.Created || !p.Calls.doubtful() // what it never answered is a person's to find out
	}
	for i := len(answers) - 1; i >= 0; i-- {
		f := answers[i]
		switch {
		case f.payment != p.Number:
			continue
		case f.absent:
			return !p.Calls.doubtful() || e.conclusive(&f, p.Calls, p.CreatedAt)
		case f.news.Payment.Status == wallet.Pending:
			return !can[wallet.Canceler](t.Wallet) // a wallet that can close it has not done so
		}
		return false
	}
	return false
}
