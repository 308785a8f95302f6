package simulator

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/internal/provider"
	"github.com/minitill/minitill/wallet/internal/provider/page"
)

// Provider is the provider's server. It is an http.Handler; Run or RunOnce delivers its
// callbacks. All methods are safe for concurrent use.
type Provider struct {
	cfg    Config
	key    *signing.HMAC
	base   *url.URL
	faults *provider.Faults
	news   *provider.Dispatcher[news]
	pages  *page.Shell

	mu       sync.Mutex // guards everything below; never held across I/O
	orders   *provider.Books[*order]
	refunds  []*refund // by id, from 1
	assigned int
	hashes   int
}

// New returns a provider without orders.
func New(cfg Config) (*Provider, error) {
	cfg = cfg.withDefaults()
	base, err := cfg.check()
	if err != nil {
		return nil, err
	}
	key, err := signing.NewHMAC(cfg.APIKey, cfg.APISecret)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	p := &Provider{
		cfg: cfg, key: key, base: base, faults: provider.NewFaults(declared, cfg.Seed),
		orders: provider.NewBooks[*order](provider.Keep[*order]{}),
	}
	p.news = provider.NewDispatcher(provider.Delivery[news]{
		Request: p.callback, Acknowledged: acknowledged, Settle: p.settleLater,
		Ladder: provider.Ladder{Offsets: ladder, Scale: 1 / float64(cfg.TimeScale)}, Faults: p.faults, HTTP: cfg.HTTP, Now: cfg.Now, Log: cfg.Log,
	})
	if p.pages, err = p.newPages(); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	return p, nil
}

// Close does nothing: all state is in memory.
func (p *Provider) Close() error { return nil }

// Run delivers callbacks and settles orders until ctx ends.
func (p *Provider) Run(ctx context.Context) error { return p.news.Run(ctx) }

// RunOnce delivers what is due and returns how many attempts it made.
func (p *Provider) RunOnce(ctx context.Context) int { return p.news.RunOnce(ctx) }

// Attempts returns the latest attempts to deliver callbacks.
func (p *Provider) Attempts() []provider.Attempt { return p.news.Attempts() }

// settleLater settles a value of Remind.
func (p *Provider) settleLater(what any, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch what := what.(type) {
	case *order:
		p.pass(what, now)
	case *refund:
		p.passRefund(what, now)
	}
}

// newest returns an order by its number, with it and its refunds settled; nil when there is
// none.
func (p *Provider) newest(trade string, now time.Time) *order {
	o := p.orders.Newest(trade)
	if o == nil {
		return nil
	}
	p.pass(o, now)
	for _, r := range o.refunds {
		p.passRefund(r, now)
	}
	return o
}

func (p *Provider) refundBy(id int) *refund {
	if id < 1 || id > len(p.refunds) {
		return nil
	}
	return p.refunds[id-1]
}

func randomPage() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.StdEncoding.EncodeToString(b[:])
}

// Orders returns the numbers of the merchant's orders, oldest first.
func (p *Provider) Orders() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, o := range p.orders.All() {
		all = append(all, o.trade)
	}
	return all
}

// Books are the provider's records of the orders of one number.
type Books struct {
	Orders   int
	Number   string // outPaymentNo
	Status   int
	Address  string
	Expected string // in units of the token to be paid in
	Settled  string // in units of the token that was paid in; "0": nothing
	Symbol   string // of that token
	Strange  int    // transfers that could not be matched
	Refunds  int    // created, whatever their result
	Refunded string // in units

	// Captured and Returned are the same in smallest units of the price, as the merchant counts
	// them: the price, once no less than expected has come; and what of it was refunded.
	Captured, Returned string
	Price              string // the currency or token of the price
}

// Books returns the books of an order number.
func (p *Provider) Books(trade string) Books {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.orders.Charges(trade)
	if len(all) == 0 {
		return Books{}
	}
	o := all[len(all)-1]
	b := Books{
		Orders: len(all), Number: o.number, Status: o.status, Address: o.address, Expected: o.expected.String(), Settled: "0", Symbol: o.token.symbol,
		Strange: len(o.strange), Refunds: len(o.refunds), Refunded: o.back(false).String(), Captured: "0", Returned: "0", Price: o.symbol,
	}
	if o.settled != nil {
		b.Settled, b.Symbol = o.settled.String(), o.paidIn.symbol
	}
	if (o.status == paid || o.status == refunded) && o.settled.Cmp(o.expected) >= 0 {
		b.Captured, b.Returned = o.quote, o.share(o.back(false))
	}
	return b
}
