package simulator

import (
	"crypto/hmac"
	"slices"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider/page"
)

// The outcomes that a payer may choose at the cashier.
const (
	outcomePay     = "pay"
	outcomeDecline = "decline"
	outcomeCancel  = "cancel"
	outcomeLeave   = "leave"
	outcomeLater   = "later"
)

var outcomes = []string{outcomePay, outcomeDecline, outcomeCancel, outcomeLeave, outcomeLater}

// resultCodes are what my.tradePay reports for an outcome.
var resultCodes = map[string]string{
	outcomePay: "9000", outcomeDecline: "4000", outcomeCancel: "6001", outcomeLeave: "6004", outcomeLater: "8000",
}

// cashier shows a payment's page or takes the payer's decision.
func (p *Provider) cashier(v *page.Visit) (page.View, error) {
	chosen := v.Form("outcome")
	if v.Posted() && !slices.Contains(outcomes, chosen) {
		return nil, page.ErrForm
	}
	pay, found := p.visited(v.Query("bizNo"), v.Query("sign"), chosen)
	switch {
	case !found:
		return nil, page.ErrNotFound
	case pay.status.open() && !v.Posted():
		return pay.prompt(v), nil
	case pay.status.open():
		return pay.result(v, chosen), nil
	}
	return pay.result(v, outcomeShown(pay.status)), nil // not the choice, when it came too late
}

// visited settles the payment that a URL names, applies the payer's decision when there is one,
// and returns a copy, used without the lock.
func (p *Provider) visited(id, sign, chosen string) (payment, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pay := p.books.ByID(id)
	if pay == nil || !hmac.Equal([]byte(sign), []byte(p.cashierSign(pay))) {
		return payment{}, false
	}
	now := p.cfg.Now()
	p.settle(pay, now)
	if chosen != "" {
		p.choose(pay, chosen, now)
	}
	return *pay, true
}

// choose applies the payer's decision to an open payment; for any other it comes too late. To
// cancel and to leave end nothing: the payer may return.
func (p *Provider) choose(pay *payment, outcome string, now time.Time) {
	p.settle(pay, now)
	if !pay.status.open() {
		return
	}
	switch outcome {
	case outcomePay:
		p.take(pay, now)
	case outcomeDecline:
		p.decline(pay, now)
	case outcomeLater:
		pay.turn(processing, now)
		pay.completes = now.Add(p.cfg.Later)
		p.remind(pay)
		if p.profile.notifyType {
			p.notify(pay)
		}
	}
}

// outcomeShown returns the outcome that led to a status.
func outcomeShown(s status) string {
	switch s {
	case paid, authorized:
		return outcomePay
	case processing:
		return outcomeLater
	case canceled, voided:
		return outcomeCancel
	}
	return outcomeDecline
}
