package simulator

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
	"github.com/minitill/minitill/wallet/internal/provider/page"
)

// Provider is the server. It is an http.Handler; Run or RunOnce delivers its webhooks. All
// methods are safe for concurrent use.
type Provider struct {
	cfg      Config
	base     *url.URL
	signer   *signing.RSASigner   // of Connect
	verifier *signing.RSAVerifier // of Connect
	mac      []byte               // of the tokens in links
	faults   *provider.Faults
	dispatch *provider.Dispatcher[*news]
	pages    *page.Shell

	mu      sync.Mutex // guards everything below; never held across I/O
	orders  *provider.Books[*order]
	refunds map[string]*refund // by the merchant's number
	cards   map[string]*card   // by transaction
	notify  string             // where webhooks go, a setting of the platform
	made    int
}

// New returns a provider with empty books. All mistakes of cfg are reported together.
func New(cfg Config) (*Provider, error) {
	cfg = cfg.withDefaults()
	base, err := cfg.check()
	if err != nil {
		return nil, err
	}
	p := &Provider{cfg: cfg, notify: cfg.NotifyURL, base: base, faults: provider.NewFaults(declared, cfg.Seed), refunds: map[string]*refund{}, cards: map[string]*card{}}
	secret := cfg.Key
	if cfg.Direct != nil {
		secret = cfg.Direct.Secret
	} else if p.signer, p.verifier, err = cfg.keys(); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	mac := sha256.Sum256(append([]byte("minitill simulator\n"), secret.Reveal()...))
	p.mac = mac[:]
	p.orders = provider.NewBooks(provider.Keep[*order]{
		Most: cfg.MaxOrders, Idle: (*order).idle, Gone: p.absent,
		Of: func(o *order) (string, []string) { return o.outer, []string{o.sn, o.firstSn} },
	})
	p.dispatch = provider.NewDispatcher(provider.Delivery[*news]{
		Request: p.message, Acknowledged: p.acknowledged, Settle: p.settle,
		Ladder: provider.Ladder{Gaps: cfg.Ladder, Scale: 1 / float64(cfg.TimeScale)}, Faults: p.faults, HTTP: cfg.HTTP, Now: cfg.Now, Log: cfg.Log,
	})
	p.pages, err = p.newPages()
	return p, err
}

// absent removes what belongs to an order that was removed.
func (p *Provider) absent(o *order) {
	for _, r := range o.refunds {
		delete(p.refunds, r.outer)
	}
}

// Close does nothing, since all state is in memory.
func (p *Provider) Close() error { return nil }

// Run delivers webhooks and settles orders until ctx ends, and returns its error.
func (p *Provider) Run(ctx context.Context) error { return p.dispatch.Run(ctx) }

// RunOnce delivers what is due, in order, and returns how many attempts it made.
func (p *Provider) RunOnce(ctx context.Context) int { return p.dispatch.RunOnce(ctx) }

// Inject adds rules. It panics on a rule that can never apply.
func (p *Provider) Inject(rules ...Rule) { p.faults.Inject(rules...) }

// Clear removes all rules.
func (p *Provider) Clear() { p.faults.Clear() }

// Attempts returns the latest attempts to notify, oldest first.
func (p *Provider) Attempts() []provider.Attempt { return p.dispatch.Attempts() }

// Settle applies a payer's decision: pay, decline, leave, later or late. The order is named by
// either number.
func (p *Provider) Settle(name, outcome string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, there := p.orders.Find(name)
	if !there {
		return provider.ErrNoPayment
	}
	return p.act(o, outcome, p.cfg.Now())
}

// SetNotifyURL changes the address of webhooks of new events, as a merchant does in the
// platform's menu.
func (p *Provider) SetNotifyURL(url string) error {
	if !provider.WebURL(url) {
		return fmt.Errorf("%w: the URL must be absolute", provider.ErrCommand)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notify = url
	return nil
}

// DecideRefund ends a refund that is pending.
func (p *Provider) DecideRefund(outerRefundSn string, approve bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.refunds[outerRefundSn]
	if r == nil || !p.decide(r, approve, p.cfg.Now()) {
		return provider.ErrNoRefund
	}
	return nil
}

// Books are the provider's records of an order.
type Books struct {
	Orders   int // 0 or 1
	Status   int
	Captured wallet.Money
	Refunded wallet.Money
}

// Books returns the records of a merchant's number.
func (p *Provider) Books(outer string) Books {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.orders.Newest(outer)
	if o == nil {
		return Books{}
	}
	p.pass(o, p.cfg.Now())
	b := Books{Orders: 1, Status: o.status, Captured: o.amount.Zero(), Refunded: wallet.Money{Minor: o.refunded, Currency: o.amount.Currency}}
	if o.status == paid {
		b.Captured = o.amount
	}
	return b
}

// ServeHTTP serves calls, pages and, with Config.Control, commands.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := provider.Below(p.base.Path, r.URL.Path)
	switch {
	case strings.HasPrefix(path, "/pay/"):
		p.pages.Serve(w, r, func(v *page.Visit) (page.View, error) { return p.cashier(v, strings.TrimPrefix(path, "/pay/")) })
	case strings.HasPrefix(path, "/assets/"):
		p.pages.ServeAsset(w, r)
	case p.cfg.Control && strings.HasPrefix(path, "/control/"):
		p.control().Serve(w, r, strings.TrimPrefix(path, "/control/"))
	case p.cfg.Direct != nil:
		p.serveDirect(w, r, path)
	default:
		p.serveConnect(w, r, path)
	}
}

// link returns where an order is paid, by a method where one is named.
func (p *Provider) link(o *order, kind, method string) string {
	query := url.Values{"t": {p.token(o.firstSn)}, "k": {kind}}
	if method != "" {
		query.Set("method", method)
	}
	return p.cfg.PublicURL + "/pay/" + o.firstSn + "?" + query.Encode()
}

// token lets its bearer pay one order.
func (p *Provider) token(sn string) string {
	mac := hmac.New(sha256.New, p.mac)
	mac.Write([]byte(sn))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// control are the commands below /control.
func (p *Provider) control() *provider.Control {
	type settle struct{ RequestID, Outcome string }
	type decision struct {
		RefundRequestID string
		Approve         bool
	}
	type address struct{ URL string }
	type nothing struct{}
	return &provider.Control{Faults: p.faults, Actions: map[string]provider.Action{
		"POST settle": provider.Command(func(_ *http.Request, _ string, c settle) (any, error) {
			return nothing{}, p.Settle(c.RequestID, c.Outcome)
		}),
		"POST refunds": provider.Command(func(_ *http.Request, _ string, c decision) (any, error) {
			return nothing{}, p.DecideRefund(c.RefundRequestID, c.Approve)
		}),
		"POST notifyurl": provider.Command(func(_ *http.Request, _ string, c address) (any, error) {
			return nothing{}, p.SetNotifyURL(c.URL)
		}),
		"POST deliver": provider.Command(func(r *http.Request, _ string, _ nothing) (any, error) {
			return map[string]int{"attempts": p.RunOnce(r.Context())}, nil
		}),
		"GET books": provider.Command(func(r *http.Request, _ string, _ nothing) (any, error) {
			return p.Books(r.URL.Query().Get("requestId")), nil
		}),
		"GET deliveries": provider.Command(func(*http.Request, string, nothing) (any, error) { return p.Attempts(), nil }),
	}}
}

// locked runs a call under the lock.
func locked[T any](p *Provider, f func(now time.Time) T) T {
	p.mu.Lock()
	defer p.mu.Unlock()
	return f(p.cfg.Now())
}

// WaitingRefunds returns the merchant's numbers of the refunds that are pending, in order.
func (p *Provider) WaitingRefunds() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for outer, r := range p.refunds {
		if r.status == refundPending {
			all = append(all, outer)
		}
	}
	slices.Sort(all)
	return all
}
