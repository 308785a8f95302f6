package simulator

import (
	"fmt"
	"slices"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// ErrNoPayment says that the provider has no payment of this request id.
var ErrNoPayment = provider.ErrNoPayment

// Books are the provider's records of a request ID.
type Books struct {
	Payments int          `json:"payments"` // 0 or 1; more when the payer paid more than once
	Status   string       `json:"status"`   // of the newest: PENDING, AUTHORIZED, PAID, …; empty when there is none
	Captured wallet.Money `json:"captured"`
	Refunded wallet.Money `json:"refunded"` // by refunds, or by canceling what was paid; a reversal makes Captured less
}

// Books returns the records without settling payments first.
func (p *Provider) Books(requestID string) Books {
	p.mu.Lock()
	defer p.mu.Unlock()
	newest := p.books.Newest(requestID)
	if newest == nil {
		return Books{}
	}
	books := Books{Status: newest.status.String(), Captured: newest.in(0), Refunded: newest.in(0)}
	for _, pay := range p.books.Charges(requestID) {
		books.Payments++
		books.Captured.Minor += pay.captured
		books.Refunded.Minor += pay.returned
	}
	return books
}

// PaymentURL returns where the payer of a payment pays; empty when there is none.
func (p *Provider) PaymentURL(requestID string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	pay := p.books.Newest(requestID)
	if pay == nil {
		return ""
	}
	return p.paymentURL(pay)
}

// Deliveries returns the latest attempts to notify about a payment and its refunds, or about
// the contract of a reference, oldest first.
func (p *Provider) Deliveries(requestID string) []Attempt {
	return slices.DeleteFunc(p.news.Attempts(), func(a Attempt) bool { return a.RequestID != requestID })
}

// NotificationBody returns the latest notification about a payment, or what would be sent about
// it now; nil when there is no such payment.
func (p *Provider) NotificationBody(requestID string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	pay := p.books.Newest(requestID)
	switch {
	case pay == nil:
		return nil
	case pay.reported != nil:
		return encode(pay.reported)
	}
	return encode(p.paymentNews(pay))
}

// Settle applies a payer's decision, as the cashier's buttons do: "pay", "decline" (the balance
// is too low), "cancel", "later" (processing) or "leave". Those that end nothing leave the
// payment open. A decision that comes too late changes nothing; a payment in processing can be
// ended by "pay" and "decline".
func (p *Provider) Settle(requestID, outcome string) error {
	if !slices.Contains(outcomes, outcome) {
		return fmt.Errorf("simulator: no outcome %q", outcome)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	pay := p.books.Newest(requestID)
	if pay == nil {
		return fmt.Errorf("%w: %s", ErrNoPayment, requestID)
	}
	now := p.cfg.Now()
	p.settle(pay, now)
	if pay.status == processing {
		p.finish(pay, outcome, now)
		return nil
	}
	p.choose(pay, outcome, now)
	return nil
}

// finish ends processing before its time.
func (p *Provider) finish(pay *payment, outcome string, now time.Time) {
	switch outcome {
	case outcomePay:
		p.take(pay, now)
	case outcomeDecline:
		p.decline(pay, now)
	}
}
