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
	outcomeLeave   = "leave"
	outcomeLater   = "later"
)

var outcomes = []string{outcomePay, outcomeDecline, outcomeLeave, outcomeLater}

// resultCodes are what my.tradePay reports for an outcome.
var resultCodes = map[string]string{
	outcomePay: "9000", outcomeDecline: "4000", outcomeLeave: "6001", outcomeLater: "8000",
}

// cashier shows a payment's page or takes the payer's decision.
func (p *Provider) cashier(v *page.Visit, id string) (page.View, error) {
	chosen := v.Form("outcome")
	if v.Posted() && !slices.Contains(outcomes, chosen) {
		return nil, page.ErrForm
	}
	w, err := p.open(id, v.Query("token"), chosen)
	switch {
	case err != nil:
		return nil, err
	case w == nil:
		return nil, page.ErrNotFound
	case w.Status.open() && !v.Posted():
		return w.prompt(v), nil
	case w.Status.open():
		return w.result(v, outcomeLeave), nil
	}
	return w.result(v, outcomeOf(w.Status)), nil // not the choice, when it came too late
}

// open returns the payment whose token a visitor has, settles it, and applies the payer's
// decision when there is one. It is nil when there is no such payment.
func (p *Provider) open(id, token, chosen string) (*window, error) {
	return locked(p, func(now time.Time) (*window, []change) {
		pay := p.visited(id, token)
		if pay == nil {
			return nil, nil
		}
		changes := []change{p.settle(pay, now)}
		if chosen != "" {
			changes = append(changes, p.decidePayment(pay, chosen, now)...)
		}
		return pay.window(), changes
	})
}

// visited returns the payment whose token the visitor has; nil for any other.
func (p *Provider) visited(id, token string) *payment {
	pay := p.named(id)
	if pay == nil || !hmac.Equal([]byte(p.token(pay)), []byte(token)) {
		return nil
	}
	return pay
}

// decidePayment applies the payer's decision to an open payment; for any other it comes too
// late. The payment is settled first, so that it is either paid or expired at its deadline.
func (p *Provider) decidePayment(pay *payment, outcome string, now time.Time) []change {
	settled := p.settle(pay, now)
	if !pay.status.open() {
		return []change{settled}
	}
	switch outcome {
	case outcomePay:
		pay.pay(now)
		p.rename(pay)
	case outcomeDecline:
		pay.set(failed, "PAYER_DECLINED", now)
	case outcomeLater:
		pay.completes = now.Add(p.cfg.Later).UnixMilli()
		pay.set(processing, "", now)
		p.remind(pay)
		return []change{settled, {payment: pay}}
	default:
		return []change{settled}
	}
	return []change{settled, {payment: pay, notice: p.noticePayment(pay, now)}}
}

// outcomeOf returns the outcome that led to a status.
func outcomeOf(s status) string {
	switch s {
	case paid, authorized:
		return outcomePay
	case pending, canceled:
		return outcomeLeave
	case processing:
		return outcomeLater
	}
	return outcomeDecline
}
