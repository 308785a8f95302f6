package simulator

import (
	"fmt"
	"math/big"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// The statuses of a payment.
const (
	paid     = 0
	waiting  = 1
	inBlock  = 2
	partly   = 3
	failed   = 4
	refunded = 5
)

// order is a payment order.
type order struct {
	number, trade string // outPaymentNo and outTradeNo
	page          string // the apiSign of its payment page
	description   string
	legal         bool
	symbol, quote string
	tag           string
	notifyURL     string
	returnURL     string
	digest        provider.Digest

	chain    int
	token    *token   // in which it is to be paid
	expected *big.Int // of its units
	address  string
	salt     [32]byte

	status  int
	before  int       // the status before the last change
	changed time.Time // of the last change
	settled *big.Int  // received, in units of paidIn; nil: nothing
	prior   *big.Int  // received before the last transfer, which a query that lags still shows
	paidIn  *token
	hash    string
	block   time.Time
	credits time.Time // when the unconfirmed transfer counts
	created time.Time
	expires time.Time
	strange []deposit // what could not be matched
	refunds []*refund
}

// deposit is a transfer that does not match the order: too far from its sum.
type deposit struct {
	units *big.Int
	token *token
}

// matches reports whether a sum is confirmed automatically: from half of what is expected to
// 1.2 times of it, both ends included.
func (o *order) matches(total *big.Int) bool {
	least := new(big.Int).Mul(big.NewInt(2), total)
	most := new(big.Int).Mul(big.NewInt(5), total)
	return least.Cmp(o.expected) >= 0 && most.Cmp(new(big.Int).Mul(big.NewInt(6), o.expected)) <= 0
}

// open reports whether a transfer is still expected.
func (o *order) open() bool { return o.status == waiting || o.status == partly }

func (o *order) set(status int, now time.Time) {
	o.before, o.status, o.changed = o.status, status, now
}

// receive accepts a transfer. One that does not match is kept for an operator.
func (p *Provider) receive(o *order, t *token, units *big.Int, now time.Time) {
	total := new(big.Int).Set(units)
	if o.settled != nil {
		total.Add(total, o.settled)
	}
	taken := o.open() || o.status == failed
	if !taken || t != o.token || o.paidIn != nil && o.paidIn != t || !o.matches(total) {
		o.strange = append(o.strange, deposit{units, t})
		return
	}
	p.hashes++
	o.prior, o.settled, o.paidIn, o.block = o.settled, total, t, now
	o.hash = fmt.Sprintf("%064x", p.hashes)
	if p.cfg.Confirmations == 0 {
		p.credit(o, now)
		return
	}
	o.set(inBlock, now)
	o.credits = now.Add(p.cfg.Confirmations)
	p.news.Remind(o, o.credits)
}

// credit counts what was received.
func (p *Provider) credit(o *order, now time.Time) {
	o.credits = time.Time{}
	status := partly
	if o.settled.Cmp(o.expected) >= 0 {
		status = paid
	}
	o.set(status, now)
	p.notifyStatus(o)
}

// pass applies the passing of time to an order.
func (p *Provider) pass(o *order, now time.Time) {
	if !o.credits.IsZero() && !now.Before(o.credits) {
		p.credit(o, now)
	}
	if o.status == waiting && !now.Before(o.expires) {
		o.set(failed, now)
		p.notifyStatus(o)
	}
}

// choose changes the token in which an order is to be paid, and with it the address.
func (p *Provider) choose(o *order, t *token) {
	o.token, o.chain = t, t.chain
	o.expected = p.expects(o)
	p.assign(o)
}

func (p *Provider) expects(o *order) *big.Int {
	amount, _ := new(big.Rat).SetString(o.quote)
	if !o.legal && o.symbol == o.token.symbol {
		units, _ := o.token.exact(amount)
		return units
	}
	return o.token.units(amount, worth(o.symbol, o.legal))
}

// assign gives an order one of the chain's addresses, which other orders have or had too.
func (p *Provider) assign(o *order) {
	p.assigned++
	o.salt = saltOf(o.chain, p.assigned%p.cfg.Addresses)
	o.address = chainOf(o.chain).contract(o.salt)
}

// back returns what refunds have returned, or also what is in progress.
func (o *order) back(alsoOpen bool) *big.Int {
	sum := new(big.Int)
	for _, r := range o.refunds {
		if r.status == refundDone || alsoOpen && r.open() {
			sum.Add(sum, r.units)
		}
	}
	return sum
}
