package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
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
	cfg      Config
	profile  *profile
	base     *url.URL
	signer   *signing.RSASigner
	verifier *signing.RSAVerifier
	mac      []byte // key of tokens, ids and the signs in URLs
	faults   *provider.Faults
	control  *provider.Control
	pages    *page.Shell
	news     *provider.Dispatcher[news]

	mu      sync.Mutex // guards everything below; never held across I/O
	books   *provider.Books[*payment]
	refunds *provider.Books[*refund]
	codes   *codes
	made    uint64 // ids
}

// New returns a provider with empty books. All mistakes of cfg are reported together.
func New(cfg Config) (*Provider, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	signer, verifier, err := cfg.keys()
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	base, _ := url.Parse(cfg.PublicURL) // checked
	mac := sha256.Sum256(append([]byte("minitill simulator\n"), cfg.Key.Reveal()...))
	p := &Provider{
		cfg: cfg, profile: profiles[cfg.Profile], base: base, signer: signer, verifier: verifier, mac: mac[:],
		faults: newFaults(cfg.Seed), codes: newCodes(),
	}
	p.books, p.refunds = p.newBooks()
	p.news, p.control = p.newDispatcher(), p.newControl()
	if p.pages, err = p.newPages(); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	return p, nil
}

// Close does nothing, since all state is in memory; it exists so that all providers are used
// alike.
func (p *Provider) Close() error { return nil }

// newBooks returns books that remove the oldest finished payment, and its refunds, when there
// are too many.
func (p *Provider) newBooks() (*provider.Books[*payment], *provider.Books[*refund]) {
	refunds := provider.NewBooks(provider.Keep[*refund]{
		Of: func(r *refund) (string, []string) { return r.request, []string{r.id} },
	})
	payments := provider.NewBooks(provider.Keep[*payment]{
		Most: p.cfg.MaxPayments, Idle: p.idle,
		Of: func(pay *payment) (string, []string) { return pay.request, []string{pay.id, pay.firstID} },
		Gone: func(pay *payment) {
			for _, r := range pay.refunds {
				refunds.Forget(r)
			}
		},
	})
	return payments, refunds
}

// idle reports whether a payment can be removed when room is needed.
func (p *Provider) idle(pay *payment) bool {
	p.settle(pay, p.cfg.Now())
	return pay.status.final() && pay.refunding == 0 && p.news.Waiting(pay) == 0
}

// newID returns an id in the form of the wallets: the day first, then digits, at most 64 in
// all.
func (p *Provider) newID(now time.Time) string {
	p.made++
	return fmt.Sprintf("%s%020d", now.In(p.profile.zone).Format("20060102"), p.made)
}

// opaque returns a text that only this provider can compute from parts.
func (p *Provider) opaque(parts ...string) []byte {
	mac := hmac.New(sha256.New, p.mac)
	mac.Write([]byte(strings.Join(parts, "\n")))
	return mac.Sum(nil)
}

// named returns the payment of a call, settled. The wallet's id takes precedence: the
// merchant's is not read beside it.
func (p *Provider) named(n node, now time.Time) (*payment, *result) {
	payID, request := n.str("paymentId"), n.str("paymentRequestId")
	pay := p.books.Newest(request)
	switch {
	case payID != "":
		pay = p.books.ByID(payID)
	case request == "":
		return nil, illegal("paymentId", "or paymentRequestId must be there")
	}
	if pay == nil {
		return nil, noOrder()
	}
	p.settle(pay, now)
	return pay, nil
}

// paymentURL returns where the payer pays. It is longer than 255 characters and contains %2B
// and &, so that code that truncates or re-encodes it fails here first.
func (p *Provider) paymentURL(pay *payment) string {
	return fmt.Sprintf("%s/cashier?bizNo=%s&timestamp=%d&mid=%s&sign=%s", p.cfg.PublicURL,
		pay.firstID, pay.created.UnixMilli(), url.QueryEscape(p.cfg.ClientID), url.QueryEscape(p.cashierSign(pay)))
}

func (p *Provider) cashierSign(pay *payment) string {
	const blocks = 6
	var b strings.Builder
	b.WriteString("v1+")
	for block := range blocks {
		b.WriteString(base64.StdEncoding.EncodeToString(p.opaque("cashier", pay.firstID, fmt.Sprint(block))))
	}
	return b.String()
}
