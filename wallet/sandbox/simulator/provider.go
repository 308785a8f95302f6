package simulator

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/internal/provider"
	"github.com/minitill/minitill/wallet/internal/provider/page"
)

// Provider is a wallet's server. It is an http.Handler; Run or RunOnce delivers its
// notifications. All methods are safe for concurrent use.
type Provider struct {
	cfg     Config
	key     *signing.HMAC
	base    *url.URL
	faults  *provider.Faults
	news    *provider.Dispatcher[news]
	pages   *page.Shell
	journal *journal // nil without one

	mu         sync.Mutex // guards everything below; never held across I/O
	books      *provider.Books[*payment]
	refunds    *provider.Books[*refund]
	agreements *provider.Books[*agreement]
	codes      map[string]authCode
	minted     uint64
}

// New returns a provider, with the state of its journal when it has one.
func New(cfg Config) (*Provider, error) {
	cfg = cfg.withDefaults()
	base, err := cfg.check()
	if err != nil {
		return nil, err
	}
	key, err := signing.NewHMAC(cfg.KeyID, cfg.Key)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	p := &Provider{
		cfg: cfg, key: key, base: base, faults: provider.NewFaults(declared(), cfg.Seed), codes: make(map[string]authCode),
		books: provider.NewBooks(provider.Keep[*payment]{}), refunds: provider.NewBooks(provider.Keep[*refund]{}),
		agreements: provider.NewBooks(provider.Keep[*agreement]{}),
	}
	if p.pages, err = p.newPages(); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	p.news = provider.NewDispatcher(p.delivery())
	if cfg.Journal == "" {
		return p, nil
	}
	if p.journal, err = p.openJournal(cfg.Journal); err != nil {
		return nil, err
	}
	return p, nil
}

// Close closes the journal. Calls after it are answered INTERNAL.
func (p *Provider) Close() error {
	if p.journal == nil {
		return nil
	}
	return p.journal.close()
}

// Run delivers notifications and settles payments until ctx ends. It then waits for the
// attempts in progress and returns the context's error.
func (p *Provider) Run(ctx context.Context) error { return p.news.Run(ctx) }

// RunOnce settles and delivers what is due now, each notice at most once, in order, and
// returns how many attempts it made.
func (p *Provider) RunOnce(ctx context.Context) int { return p.news.RunOnce(ctx) }

// paymentOf returns the payment that a request names: by our id, by the merchant's, which means
// the newest of its charges, or by both.
func (p *Provider) paymentOf(req paymentRequest) (*payment, *refusal) {
	pay := p.books.Newest(req.RequestID)
	if req.PaymentID != "" {
		pay = p.named(req.PaymentID)
	}
	if pay == nil || req.RequestID != "" && req.RequestID != pay.request {
		return nil, refuse("NOT_FOUND", "there is no such payment")
	}
	return pay, nil
}

// named returns a payment by its id, also by its former one.
func (p *Provider) named(id string) *payment {
	n, ok := numberOf(paymentPrefix, id)
	if !ok {
		n, ok = numberOf(renamedPrefix, id)
	}
	if !ok || int(n) >= p.books.Len() {
		return nil
	}
	if pay := p.books.At(int(n)); id == pay.id() || id == pay.firstID() {
		return pay
	}
	return nil
}

// rename changes the id of a payment that the payer has just paid, where an injected fault says
// so.
func (p *Provider) rename(pay *payment) {
	pay.renamed = pay.renamed || p.faults.Happens(ChangeID, "")
}

// settle settles one payment before it is read.
func (p *Provider) settle(pay *payment, now time.Time) change {
	if !pay.settle(now) {
		return change{}
	}
	if pay.was == processing {
		p.rename(pay)
	}
	return change{payment: pay, notice: p.noticePayment(pay, now)}
}

// paymentURL returns where the payer pays. The path of some URLs is longer than 255 bytes, and
// all contain %2B, so that code that decodes and encodes them again fails here first.
func (p *Provider) paymentURL(pay *payment) string {
	return p.cfg.PublicURL + "/cashier/" + pay.firstID() + "?token=" + url.QueryEscape(p.token(pay))
}

// token lets its bearer pay one payment.
func (p *Provider) token(pay *payment) string {
	const long = 7 // blocks that make a URL of more than 255 characters
	blocks := 1 + int(pay.number+1)%2*(long-1)
	var b strings.Builder
	b.WriteString("v1+")
	for block := range blocks {
		b.WriteString(p.signature("cashier", pay.firstID(), fmt.Sprint(block)))
	}
	return b.String()
}
