package simulator

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// ErrNoPayment says that the provider has no payment of this request id.
var ErrNoPayment = provider.ErrNoPayment

// Payment is a payment in the provider's books.
type Payment struct {
	ID         string
	RequestID  string
	Status     string // PENDING, PAID, …
	Amount     wallet.Money
	Fee        wallet.Money
	Captured   wallet.Money
	Refunded   wallet.Money
	PaymentURL string
	NotifyURL  string
	ExpiresAt  time.Time // zero: never
	UpdatedAt  time.Time
	Waiting    int // notifications not delivered yet
}

// Sums are what the provider holds in one currency.
type Sums struct {
	Captured wallet.Money
	Refunded wallet.Money
}

// Payment returns a payment by its request ID; of several charges the newest.
func (p *Provider) Payment(requestID string) (Payment, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pay := p.books.Newest(requestID)
	if pay == nil {
		return Payment{}, false
	}
	return p.view(pay), true
}

// Payments returns all payments, oldest first.
func (p *Provider) Payments() []Payment {
	p.mu.Lock()
	defer p.mu.Unlock()
	views := make([]Payment, p.books.Len())
	for i, pay := range p.books.All() {
		views[i] = p.view(pay)
	}
	return views
}

// view does not settle the payment: it shows what the books have now.
func (p *Provider) view(pay *payment) Payment {
	in := func(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: pay.currency} }
	v := Payment{
		ID: pay.id(), RequestID: pay.request, Status: pay.status.String(),
		Amount: in(pay.amount), Fee: in(pay.fee), Captured: in(pay.captured), Refunded: in(pay.refunded),
		PaymentURL: p.paymentURL(pay), NotifyURL: pay.notify.Value(), UpdatedAt: time.UnixMilli(pay.updated).UTC(),
		Waiting: p.news.Waiting(pay),
	}
	if pay.expires != 0 {
		v.ExpiresAt = time.UnixMilli(pay.expires).UTC()
	}
	return v
}

// Ledger returns the sums of captured and refunded money of each currency.
func (p *Provider) Ledger() map[wallet.Currency]Sums {
	p.mu.Lock()
	defer p.mu.Unlock()
	ledger := make(map[wallet.Currency]Sums)
	for _, pay := range p.books.All() {
		sums := ledger[pay.currency]
		sums.Captured.Currency, sums.Refunded.Currency = pay.currency, pay.currency
		sums.Captured.Minor += pay.captured
		sums.Refunded.Minor += pay.refunded
		ledger[pay.currency] = sums
	}
	return ledger
}

// Attempt is one attempt to deliver a notification.
type Attempt = provider.Attempt

// Attempts returns the latest attempts to notify, oldest first.
func (p *Provider) Attempts() []Attempt { return p.news.Attempts() }

// Settle applies a payer's decision, as the cashier's forms do: "pay", "decline", "leave" or
// "later". A decision that comes too late changes nothing.
func (p *Provider) Settle(requestID, outcome string) error {
	if !slices.Contains(outcomes, outcome) {
		return fmt.Errorf("simulator: no outcome %q", outcome)
	}
	found, err := locked(p, func(now time.Time) (bool, []change) {
		pay := p.books.Newest(requestID)
		if pay == nil {
			return false, nil
		}
		return true, p.decidePayment(pay, outcome, now)
	})
	if err == nil && !found {
		return fmt.Errorf("%w: %s", ErrNoPayment, requestID)
	}
	return err
}

// Sign returns the request that would notify a URL of body, signed at a given time. It is for
// tests of notifications that the provider does not send.
func (p *Provider) Sign(ctx context.Context, notifyURL string, body []byte, at time.Time) (*http.Request, error) {
	m, err := p.signed(notifyURL, body, at)
	if err != nil {
		return nil, err
	}
	return m.HTTP(ctx)
}
