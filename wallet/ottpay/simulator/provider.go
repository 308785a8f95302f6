package simulator

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
	"github.com/minitill/minitill/wallet/internal/provider/page"
)

// Provider is OTT Pay's server. It is an http.Handler; Run or RunOnce sends its callbacks.
// All methods are safe for concurrent use.
type Provider struct {
	cfg    Config
	base   *url.URL
	key    string
	faults *provider.Faults
	news   *provider.Dispatcher[news]
	shell  *page.Shell
	door   provider.Control

	mu      sync.Mutex // guards everything below; never held across I/O
	books   *provider.Books[*payment]
	refunds *provider.Books[*refund]
	tokens  map[string]time.Time // until when they are valid
	serial  int64
}

// New returns a provider.
func New(cfg Config) (*Provider, error) {
	cfg = cfg.withDefaults()
	base, err := cfg.check()
	if err != nil {
		return nil, err
	}
	p := &Provider{
		cfg: cfg, base: base, key: string(cfg.SignKey.Reveal()), faults: provider.NewFaults(declared(), cfg.Seed),
		refunds: provider.NewBooks(provider.Keep[*refund]{}), tokens: map[string]time.Time{},
	}
	p.books = provider.NewBooks(provider.Keep[*payment]{
		Most: cfg.MaxPayments, Idle: func(pay *payment) bool { return !pay.status.open() && p.news.Waiting(pay.id) == 0 },
		Of: func(pay *payment) (string, []string) { return pay.request, []string{pay.id} },
	})
	p.news = provider.NewDispatcher(p.delivery())
	p.shell, err = page.New(page.Config{
		PublicURL: base, Merchant: cfg.Merchant, Accent: "#b3261e", FrameAncestors: cfg.FrameAncestors, Texts: texts, Now: cfg.Now, Log: cfg.Log,
	})
	p.door = p.control()
	return p, err
}

// Close does nothing: all state is in memory.
func (p *Provider) Close() error { return nil }

// Run sends callbacks and settles payments until ctx ends.
func (p *Provider) Run(ctx context.Context) error { return p.news.Run(ctx) }

// RunOnce settles payments, makes the attempts that are due, and returns how many.
func (p *Provider) RunOnce(ctx context.Context) int { return p.news.RunOnce(ctx) }

// Attempts returns the latest attempts to call back.
func (p *Provider) Attempts() []provider.Attempt { return p.news.Attempts() }

// ServeHTTP implements http.Handler.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := provider.Below(p.base.Path, r.URL.Path); {
	case strings.HasPrefix(path, "/process"):
		p.serveWeb(w, r)
	case strings.HasPrefix(path, "/api/v1/"):
		p.serveREST(w, r, path)
	case path == "/checkout":
		p.shell.Serve(w, r, p.checkout)
	case strings.HasPrefix(path, "/assets/"):
		p.shell.ServeAsset(w, r)
	case p.cfg.Control && strings.HasPrefix(path, "/control/"):
		p.door.Serve(w, r, strings.TrimPrefix(path, "/control/"))
	default:
		http.NotFound(w, r)
	}
}

// file opens a payment; false when too many are open.
func (p *Provider) file(pay *payment, now time.Time) bool {
	p.serial++
	pay.number, pay.status, pay.created, pay.changed = p.serial, open, now, now
	pay.fee = p.cfg.Fee
	pay.id = newID(now, p.serial)
	if pay.own {
		pay.id = pay.request
	}
	if pay.method != "" {
		pay.choose(pay.method)
	}
	if !p.books.Add(pay, pay.request, pay.id) {
		return false
	}
	if !pay.expires.IsZero() {
		p.news.Remind(pay, pay.expires)
	}
	return true
}

// settle settles a payment before it is read.
func (p *Provider) settle(pay *payment, now time.Time) {
	if pay.settle(now) {
		p.notify(pay)
	}
}

// lagging returns a payment as a query shows it: as before its last change, where a fault says
// so.
func (p *Provider) lagging(pay *payment, endpoint string, now time.Time) *payment {
	if pay.was == "" || !p.faults.Lags(endpoint, pay.changed, now) {
		return pay
	}
	old := *pay
	old.status, old.refunded, old.refunding = pay.was, 0, 0
	return &old
}

// outcomes are those of Settle, and of the checkout page.
const (
	outcomePay     = "pay"
	outcomeDecline = "decline"
	outcomeLater   = "later"
	outcomeExpire  = "expire"
	outcomeHold    = "authorize"
	outcomeCapture = "capture"
	outcomeLeave   = "leave"
)

// Settle applies a payer's decision to an open payment: pay, decline, later, leave, or expire;
// authorize and capture are for cards.
func (p *Provider) Settle(requestID, outcome string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	pay, found := p.books.Find(requestID)
	if !found {
		return provider.ErrNoPayment
	}
	return p.decide(pay, outcome, p.cfg.Now())
}

func (p *Provider) decide(pay *payment, outcome string, now time.Time) error {
	p.settle(pay, now)
	if pay.method == "" {
		pay.choose(cmpMethod(pay.methods))
	}
	switch {
	case outcome == outcomeCapture && pay.status == authorized, outcome == outcomePay && pay.status.open() && !pay.hold:
		pay.turn(paid, now)
		p.notify(pay)
	case !pay.status.open():
		return nil // it came too late
	case outcome == outcomeHold, outcome == outcomePay:
		pay.turn(authorized, now)
		p.notify(pay)
	case outcome == outcomeDecline:
		pay.turn(failed, now)
	case outcome == outcomeExpire:
		pay.turn(expired, now)
	case outcome == outcomeLater:
		pay.turn(processing, now)
		pay.completes = now.Add(p.cfg.Later)
		p.news.Remind(pay, pay.completes)
	case outcome != outcomeLeave:
		return fmt.Errorf("%w: there is no outcome %q", provider.ErrCommand, outcome)
	}
	return nil
}

func cmpMethod(methods []string) string {
	if len(methods) == 0 {
		return "WECHATPAY"
	}
	return methods[0]
}

// Books are the provider's records of a merchant's id.
type Books struct {
	Payments int    `json:"payments"`
	Refunds  int    `json:"refunds"` // requested and not failed
	Status   string `json:"status"`
	Captured int64  `json:"captured"`
	Refunded int64  `json:"refunded"`
}

// Books returns the sums of all payments of a merchant's id.
func (p *Provider) Books(requestID string) Books {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b Books
	for _, pay := range p.books.Charges(requestID) {
		p.settle(pay, p.cfg.Now())
		b.Payments++
		b.Status = string(pay.status)
		if pay.status == paid {
			b.Captured += pay.amount
		}
		b.Refunded += pay.refunded
		b.Refunds += p.refundsOf(pay)
	}
	return b
}

// SecondCharge makes the payer pay a paid payment once more under the merchant's id, as another
// payment of the provider.
func (p *Provider) SecondCharge(requestID string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := p.books.Newest(requestID)
	if first == nil || first.status != paid {
		return provider.ErrNotPaid
	}
	again, now := *first, p.cfg.Now()
	again.refunded, again.refunding, again.tip, again.own, again.expires = 0, 0, 0, false, time.Time{}
	if !p.file(&again, now) {
		return provider.ErrFull
	}
	return p.decide(&again, outcomePay, now)
}

// Requests returns the merchant's ids of all payments, the oldest first.
func (p *Provider) Requests() (ids []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, pay := range p.books.All() {
		ids = append(ids, pay.request)
	}
	return ids
}

func (p *Provider) refundsOf(pay *payment) (n int) {
	for _, r := range p.refunds.All() {
		if r.payment == pay && r.status != failed {
			n++
		}
	}
	return n
}

// DecideRefund ends a refund that waits.
func (p *Provider) DecideRefund(id string, approve bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, found := p.refunds.Find(id)
	if !found || r.status != open {
		return provider.ErrNoRefund
	}
	p.end(r, approve)
	return nil
}

// Waiting returns the ids of the refunds that wait for a decision.
func (p *Provider) Waiting() (ids []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.refunds.All() {
		if r.status == open {
			ids = append(ids, r.id)
		}
	}
	return ids
}

func (p *Provider) end(r *refund, approve bool) {
	r.payment.refunding -= r.amount
	if r.status = failed; approve {
		r.status = paid
		r.payment.refunded += r.amount
	}
}

// give begins a refund, and ends it at once unless refunds wait.
func (p *Provider) give(pay *payment, request string, amount int64, now time.Time) *refund {
	p.serial++
	r := &refund{request: request, id: "REF" + newID(now, p.serial), payment: pay, amount: amount, status: open, at: now}
	pay.refunding += amount
	p.refunds.Add(r, request, r.id)
	if !p.cfg.AsyncRefunds {
		p.end(r, true)
	}
	return r
}

// left returns what can still be refunded.
func (pay *payment) left() int64 { return pay.amount - pay.refunded - pay.refunding }

// refundedReported returns the refunded sum as a query shows it.
func (p *Provider) refundedReported(pay *payment) int64 {
	if p.cfg.RefundsCountLate {
		return pay.refunded
	}
	return pay.refunded + pay.refunding
}

// OpenCard opens a card payment as a merchant's own server does, with a card number that no
// adapter has. It returns the provider's id.
func (p *Provider) OpenCard(reference string, amount int64, callback string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	pay := &payment{
		action: "local-card", request: reference, amount: amount, callback: callback, method: "CARD", card: true, hold: true, rest: true,
	}
	p.file(pay, p.cfg.Now())
	pay.fee = 0
	_ = p.decide(pay, outcomeHold, p.cfg.Now())
	return pay.id
}

func methodsOr(selected string) []string {
	if all := []string{"WECHATPAY", "ALIPAY", "UNIONPAY", "GP"}; !slices.Contains(all, selected) {
		return all
	}
	return []string{selected}
}
