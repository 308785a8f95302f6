package simulator

import (
	"fmt"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// Errors of manual changes.
var (
	// ErrNotPaid says that a payment has no money that could be taken back or paid again.
	ErrNotPaid = provider.ErrNotPaid
	// ErrFull says that Config.MaxPayments are kept and none is finished.
	ErrFull = provider.ErrFull
)

// unpaid reports whether the payer has not paid completely.
func (s status) unpaid() bool { return s == pending || s == processing }

// reversible returns what can be reversed of a paid payment.
func (p *payment) reversible() int64 {
	if p.status != paid {
		return 0
	}
	return p.refundable()
}

// reverse reverses what is left of a paid payment and notifies it: the payment is canceled, and
// of what was captured only what refunds have returned, or will, stays in the books.
func (p *Provider) reverse(pay *payment, kind string, now time.Time) {
	taken := pay.reversible()
	pay.turn(canceled, now)
	pay.captured -= taken
	pay.closed = now
	pay.move(movement{p.newID(now), kind, "", taken, now})
	p.notify(pay)
}

// Reverse reverses a paid payment, as a chargeback would, and notifies that it is canceled, in
// the dialect's words. The payment is named by its request ID, which means the newest of its
// charges, or by its own id.
func (p *Provider) Reverse(name string) error {
	return p.byHand(name, func(pay *payment, now time.Time) error {
		if pay.reversible() <= 0 {
			return fmt.Errorf("%w: %s", ErrNotPaid, name)
		}
		p.reverse(pay, "REVERSAL", now)
		return nil
	})
}

// SecondCharge makes the payer pay a paid payment again, under the same request ID: there are
// then two captured payments of it, each with its own id.
func (p *Provider) SecondCharge(requestID string) error {
	return p.byHand(requestID, func(pay *payment, now time.Time) error {
		if pay.status != paid {
			return fmt.Errorf("%w: %s", ErrNotPaid, requestID)
		}
		again := p.again(pay, now)
		if !p.books.Add(again, again.request, again.id) {
			return ErrFull
		}
		p.notify(again)
		return nil
	})
}

// again returns another payment like a paid one, paid as well.
func (p *Provider) again(pay *payment, now time.Time) *payment {
	id := p.newID(now)
	return &payment{
		id: id, firstID: id, request: pay.request, product: pay.product, partner: pay.partner,
		amount: pay.amount, status: paid, changed: now, hold: pay.hold, quiet: pay.quiet, captured: pay.amount.Minor,
		title: pay.title, order: pay.order, returnURL: pay.returnURL, notifyURL: pay.notifyURL, voidURL: pay.voidURL,
		created: now, expires: pay.expires, decided: now,
		movements: []movement{{p.newID(now), "PAYMENT", "", pay.amount.Minor, now}},
	}
}

// byHand applies a manual change to a payment that was settled first.
func (p *Provider) byHand(name string, happen func(*payment, time.Time) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	pay, found := p.books.Find(name)
	if !found {
		return fmt.Errorf("%w: %s", ErrNoPayment, name)
	}
	now := p.cfg.Now()
	p.settle(pay, now)
	return happen(pay, now)
}
