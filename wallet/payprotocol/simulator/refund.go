package simulator

import (
	"math/big"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// The statuses of a refund.
const (
	refundDone     = 0
	refundWaiting  = 1
	refundReviewed = 2
	refundInBlock  = 3
	refundFailed   = 4
	refundRejected = 5
)

// networkFee is the cost of a refund's transfer, in units of the token.
const networkFee = 1_100_000

type refund struct {
	id        int
	order     *order
	units     *big.Int
	requested *big.Int // before an operator changed it
	address   string
	notify    string

	status  int
	before  int
	changed time.Time
	created time.Time
	ended   time.Time
	credits time.Time // when its transfer counts
	hash    string
}

func (r *refund) open() bool {
	return r.status == refundWaiting || r.status == refundReviewed || r.status == refundInBlock
}

func (r *refund) set(status int, now time.Time) {
	r.before, r.status, r.changed = r.status, status, now
}

// Verdict is the operator's decision about a refund.
type Verdict struct {
	Approve bool
	Amount  string // in tokens; empty: as requested
	Fails   bool   // the transfer of an approved refund fails
	Review  bool   // only opened for review: it stays open
}

// decide applies the operator's decision to a refund that waits.
func (p *Provider) decide(r *refund, v Verdict, now time.Time) error {
	if r.status != refundWaiting && r.status != refundReviewed {
		return provider.ErrNoRefund
	}
	switch {
	case v.Review:
		r.set(refundReviewed, now)
		return nil
	case !v.Approve:
		p.endRefund(r, refundRejected, now)
		return nil
	}
	if v.Amount != "" {
		amount, ok := positive(v.Amount)
		units, exact := new(big.Int), false
		if ok {
			units, exact = r.order.paidIn.exact(amount)
		}
		if !exact {
			return provider.ErrCommand
		}
		r.units = units
	}
	if v.Fails {
		p.endRefund(r, refundFailed, now)
		return nil
	}
	if p.cfg.Confirmations == 0 {
		p.endRefund(r, refundDone, now)
		return nil
	}
	r.set(refundInBlock, now)
	r.credits = now.Add(p.cfg.Confirmations)
	p.news.Remind(r, r.credits)
	return nil
}

func (p *Provider) passRefund(r *refund, now time.Time) {
	if r.status == refundInBlock && !now.Before(r.credits) {
		p.endRefund(r, refundDone, now)
	}
}

func (p *Provider) endRefund(r *refund, status int, now time.Time) {
	r.set(status, now)
	r.ended = now
	if status == refundDone {
		p.hashes++
		r.hash = hashOf(p.hashes)
		if back := r.order.back(false); back.Cmp(r.order.settled) >= 0 || p.faults.Happens(PartialIsRefunded, "") {
			r.order.set(refunded, now)
		}
	}
	p.notifyRefund(r)
}

// openRefunds returns the refunds of an order that wait for an operator.
func (o *order) openRefunds() (open []*refund) {
	for _, r := range o.refunds {
		if r.open() {
			open = append(open, r)
		}
	}
	return open
}
