package simulator

import (
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// ServeHTTP serves the API, the pages and their files, with and without the path of the
// public URL.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := provider.Below(p.base.Path, r.URL.Path)
	switch {
	case strings.HasPrefix(path, "/api/mer/"):
		p.serveCall(w, r, strings.TrimPrefix(path, "/api/mer/"))
	case path == "/payment":
		p.pages.Serve(w, r, p.cashier)
	case strings.HasPrefix(path, "/assets/"):
		p.pages.ServeAsset(w, r)
	case p.cfg.Control && path == "/console/refunds":
		p.serveConsole(w, r)
	case p.cfg.Control && strings.HasPrefix(path, "/control/"):
		p.control().Serve(w, r, strings.TrimPrefix(path, "/control/"))
	default:
		write(w, absent())
	}
}

// serveConsole serves the operator's page of a refund: of the oldest that waits where none is
// named.
func (p *Provider) serveConsole(w http.ResponseWriter, r *http.Request) {
	if open := p.OpenRefunds(); r.Method == http.MethodGet && !r.URL.Query().Has("id") && len(open) > 0 {
		http.Redirect(w, r, r.URL.Path+"?id="+open[0], http.StatusSeeOther)
		return
	}
	p.pages.Serve(w, r, p.console)
}

// What a payer or the operator does to a payment, as the outcomes of Settle.
const (
	Pay    = "pay"    // sends what is expected, or what is missing of it
	Under  = "under"  // 60 % of it
	Over   = "over"   // 110 % of it
	Little = "little" // 30 %, which is too little to be matched
	Much   = "much"   // 150 %, which is too much
	Fail   = "fail"   // the order expires
	Repair = "repair" // the operator confirms the order with what has come
)

// Outcomes are the outcomes of Settle. Before those with a percentage a payer has sent nothing.
var Outcomes = []string{Pay, Under, Over, Little, Much, Fail, Repair}

var percents = map[string]int64{Under: 60, Over: 110, Little: 30, Much: 150}

// Settle applies an outcome to an order.
func (p *Provider) Settle(trade, outcome string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	o := p.newest(trade, now)
	switch {
	case o == nil:
		return provider.ErrNoPayment
	case !slices.Contains(Outcomes, outcome):
		return fmt.Errorf("%w: %q", provider.ErrCommand, outcome)
	}
	p.act(o, outcome)
	return nil
}

func (p *Provider) act(o *order, outcome string) {
	now := p.cfg.Now()
	switch outcome {
	case Fail:
		if o.open() {
			o.set(failed, now)
			p.notifyStatus(o)
		}
	case Repair:
		p.repair(o)
	case Pay:
		p.receive(o, o.token, o.missing(), now)
	default:
		part := new(big.Int).Mul(o.expected, big.NewInt(percents[outcome]))
		p.receive(o, o.token, part.Quo(part, big.NewInt(100)), now)
	}
}

// missing returns what is still expected; the whole sum when nothing is missing.
func (o *order) missing() *big.Int {
	if o.settled == nil || o.settled.Cmp(o.expected) >= 0 {
		return o.expected
	}
	return new(big.Int).Sub(o.expected, o.settled)
}

// repair confirms an order with all that has come in its token, matched or not.
func (p *Provider) repair(o *order) {
	total := new(big.Int)
	if o.settled != nil {
		total.Set(o.settled)
	}
	var left []deposit
	for _, d := range o.strange {
		if d.token == o.token {
			total.Add(total, d.units)
		} else {
			left = append(left, d)
		}
	}
	if total.Sign() == 0 || o.status == paid || o.status == refunded {
		return
	}
	p.hashes++
	now := p.cfg.Now()
	o.prior, o.settled = o.settled, total
	o.paidIn, o.strange, o.block, o.hash = o.token, left, now, hashOf(p.hashes)
	o.set(paid, now)
	p.notifyStatus(o)
}

// DecideRefund applies the operator's decision to a refund.
func (p *Provider) DecideRefund(id string, v Verdict) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, _ := strconv.Atoi(id)
	r := p.refundBy(n)
	if r == nil {
		return provider.ErrNoRefund
	}
	p.passRefund(r, p.cfg.Now())
	return p.decide(r, v, p.cfg.Now())
}

// OpenRefunds returns the ids of the refunds that wait for a decision, oldest first.
func (p *Provider) OpenRefunds() (ids []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.refunds {
		if r.status == refundWaiting || r.status == refundReviewed {
			ids = append(ids, strconv.Itoa(r.id))
		}
	}
	return ids
}

// share returns the part of an order's price for units, in the price's own digits.
func (o *order) share(units *big.Int) string {
	price, _ := new(big.Rat).SetString(o.quote)
	part := new(big.Rat).SetFrac(units, o.expected)
	return part.Mul(part, price).FloatString(9)
}

// control offers manual changes over HTTP.
func (p *Provider) control() *provider.Control {
	type named struct {
		RequestID, Outcome, RefundID, Amount string
		Approve, Fails, Review               bool
	}
	return &provider.Control{Faults: p.faults, Actions: map[string]provider.Action{
		"POST settle": provider.Command(func(_ *http.Request, _ string, input named) (any, error) {
			err := p.Settle(input.RequestID, input.Outcome)
			return p.Books(input.RequestID), err
		}),
		"POST refunds": provider.Command(func(_ *http.Request, _ string, input named) (any, error) {
			err := p.DecideRefund(input.RefundID, Verdict{Approve: input.Approve, Amount: input.Amount, Fails: input.Fails, Review: input.Review})
			return map[string]string{"refundId": input.RefundID}, err
		}),
		"POST deliver": func(r *http.Request, _ string, _ []byte) (any, error) {
			return map[string]int{"attempts": p.RunOnce(r.Context())}, nil
		},
		"GET refunds": func(*http.Request, string, []byte) (any, error) {
			return map[string][]string{"open": append([]string{}, p.OpenRefunds()...)}, nil
		},
		"GET books": func(r *http.Request, _ string, _ []byte) (any, error) {
			return p.Books(r.URL.Query().Get("requestId")), nil
		},
		"GET deliveries": func(r *http.Request, _ string, _ []byte) (any, error) {
			all := []provider.Attempt{}
			for _, a := range p.Attempts() {
				if id := r.URL.Query().Get("requestId"); id == "" || id == a.RequestID {
					all = append(all, a)
				}
			}
			return map[string]any{"deliveries": all}, nil
		},
	}}
}
