package simulator

import (
	"fmt"
	"slices"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// The statuses of an order and of a refund.
const (
	waiting = 1
	paid    = 2
	failed  = 3 // an attempt: the order can still be paid
	closed  = 4

	refundPending   = 1
	refundSucceeded = 2
	refundFailed    = 3
)

// order is an order of a merchant.
type order struct {
	sn, firstSn       string // another once it is paid, where a fault says so
	outer, uid        string
	amount            wallet.Money
	status, was       int // was: before the last change
	created, changed  time.Time
	expires           time.Time // zero: never
	completes         time.Time // of a payment in processing; zero: none
	paidAt            time.Time
	method, txID      string
	desc, returnURL   string
	notifyURL         string
	manual            bool
	refunded, pending int64 // minor units
	refunds           []*refund
	digest            provider.Digest
}

// refund is one refund.
type refund struct {
	order       *order
	id, outer   string
	amount      int64
	status, was int
	changed     time.Time
}

func (o *order) open() bool { return o.status == waiting || o.status == failed }

// idle reports whether nothing will happen to the order any more.
func (o *order) idle() bool { return !o.open() && o.pending == 0 }

func (o *order) set(status int, now time.Time) {
	if status != o.status {
		o.was = o.status
	}
	o.status, o.changed = status, now
}

// left returns what can still be refunded, in minor units.
func (o *order) left() int64 {
	if o.status != paid {
		return 0
	}
	return o.amount.Minor - o.refunded - o.pending
}

// pass applies the passing of time to an order before it is read: a payment in processing
// completes, and an unpaid order is closed.
func (p *Provider) pass(o *order, now time.Time) {
	if o.open() && !o.completes.IsZero() {
		if !now.Before(o.completes) {
			p.take(o, o.completes)
		}
		return
	}
	if o.open() && !o.expires.IsZero() && !now.Before(o.expires) {
		o.set(closed, o.expires)
	}
}

// settle is pass for a value of Remind.
func (p *Provider) settle(what any, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch what := what.(type) {
	case *order:
		p.pass(what, now)
	case *refund:
		p.decide(what, true, now)
	}
}

// take applies a payment by the payer and notifies of it.
func (p *Provider) take(o *order, now time.Time) {
	o.completes, o.paidAt = time.Time{}, now
	o.txID = p.serial("PAYH", now)
	if p.faults.Happens(provider.ChangeID, "") {
		o.sn = p.serial("RAP", now)
		p.orders.Rename(o, o.sn)
	}
	o.set(paid, now)
	p.notifyOf(o, nil)
}

// serial returns a number in the provider's form: the time to the millisecond, then digits.
func (p *Provider) serial(prefix string, now time.Time) string {
	p.made++
	return fmt.Sprintf("%s%s%03d%03d", prefix, now.UTC().Format("20060102150405"), now.UnixMilli()%1000, p.made)
}

// act applies a payer's decision to an open order; for any other it comes too late, unless it
// is paid late.
func (p *Provider) act(o *order, outcome string, now time.Time) error {
	if !slices.Contains(outcomes, outcome) {
		return fmt.Errorf("%w: there is no outcome %q", provider.ErrCommand, outcome)
	}
	p.pass(o, now)
	switch {
	case outcome == outcomeLate && o.status == closed:
		p.take(o, now)
	case !o.open() || !o.completes.IsZero():
	case outcome == outcomePay:
		p.take(o, now)
	case outcome == outcomeDecline:
		o.set(failed, now)
		if p.faults.Happens(TellFailure, "") {
			p.notifyOf(o, nil)
		}
	case outcome == outcomeLater:
		o.completes = now.Add(p.cfg.Later)
		p.dispatch.Remind(o, o.completes)
	}
	return nil
}

// The outcomes that a payer may choose. Late pays a closed order.
const (
	outcomePay     = "pay"
	outcomeDecline = "decline"
	outcomeLeave   = "leave"
	outcomeLater   = "later"
	outcomeLate    = "late"
)

var outcomes = []string{outcomePay, outcomeDecline, outcomeLeave, outcomeLater, outcomeLate}

// decide ends a refund that is pending.
func (p *Provider) decide(r *refund, approve bool, now time.Time) bool {
	if r.status != refundPending {
		return false
	}
	r.was, r.status, r.changed = r.status, refundFailed, now
	r.order.pending -= r.amount
	if approve {
		r.status = refundSucceeded
		r.order.refunded += r.amount
	}
	p.notifyOf(r.order, r)
	return true
}
