package simulator

import (
	"fmt"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// ErrNotPaid says that a payment has no money that could be returned or paid again.
var ErrNotPaid = provider.ErrNotPaid

// reversible returns what can be reversed of a paid payment.
func (p *payment) reversible() int64 {
	if p.status != paid {
		return 0
	}
	return p.refundable()
}

// reverse returns what is left of a paid payment: it is canceled, and of what was captured only
// what refunds have returned, or will, stays in the books.
func (p *Provider) reverse(pay *payment, code string, now time.Time) change {
	taken := pay.reversible()
	pay.set(canceled, code, now)
	pay.captured -= taken
	return change{payment: pay, notice: p.noticePayment(pay, now)}
}

// Reverse reverses a paid payment, as a chargeback would, and notifies that it is canceled. The
// payment is named by its request ID, which means the newest of its charges, or by its own id.
func (p *Provider) Reverse(name string) error {
	return p.byHand(name, func(pay *payment, now time.Time) ([]change, bool) {
		if pay.reversible() <= 0 {
			return nil, false
		}
		return []change{p.reverse(pay, "REVERSED", now)}, true
	})
}

// SecondCharge makes the payer pay a paid payment again, under the same request ID: there are
// then two captured payments of it, each with its own id.
func (p *Provider) SecondCharge(requestID string) error {
	return p.byHand(requestID, func(pay *payment, now time.Time) ([]change, bool) {
		if pay.status != paid {
			return nil, false
		}
		again := p.chargeAgain(pay, now)
		return []change{{payment: again, notice: p.noticePayment(again, now)}}, true
	})
}

func (p *Provider) chargeAgain(pay *payment, now time.Time) *payment {
	again := &payment{
		number: uint32(p.books.Len()), status: paid, hold: pay.hold, digest: pay.digest,
		currency: pay.currency, amount: pay.amount, fee: pay.fee, captured: pay.amount,
		created: now.UnixMilli(), updated: now.UnixMilli(), expires: pay.expires,
		request: pay.request, method: pay.method, returnTo: pay.returnTo, notify: pay.notify,
	}
	p.add(again)
	return again
}

// byHand applies a manual change to a payment that was settled first.
func (p *Provider) byHand(name string, happen func(*payment, time.Time) ([]change, bool)) error {
	var found bool
	done, err := locked(p, func(now time.Time) (bool, []change) {
		pay := p.books.Newest(name)
		if pay == nil {
			pay = p.named(name)
		}
		if pay == nil {
			return false, nil
		}
		found = true
		settled := p.settle(pay, now)
		changes, done := happen(pay, now)
		return done, append([]change{settled}, changes...)
	})
	switch {
	case err != nil:
		return err
	case !found:
		return fmt.Errorf("%w: %s", ErrNoPayment, name)
	case !done:
		return fmt.Errorf("%w: %s", ErrNotPaid, name)
	}
	return nil
}
