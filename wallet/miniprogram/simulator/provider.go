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
	switches switches
	wake     chan struct{}
	running  sync.Mutex // one round of deliveries at a time

	mu       sync.Mutex // guards everything below; never held across I/O
	payments []*payment // oldest first
	byReq    map[string]*payment
	byID     map[string]*payment
	refunds  map[string]*refund // by refund request id
	codes    *codes
	made     uint64 // ids
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
	return &Provider{
		cfg: cfg, profile: profiles[cfg.Profile], base: base, signer: signer, verifier: verifier, mac: mac[:],
		switches: switches{dice: newDice(cfg.Seed)}, wake: make(chan struct{}, 1),
		byReq: make(map[string]*payment), byID: make(map[string]*payment), refunds: make(map[string]*refund),
		codes: newCodes(),
	}, nil
}

// Close ends nothing, since all state is in memory; it is there so that a provider is
// used like one that keeps files.
func (p *Provider) Close() error { return nil }

// nudge tells Run that something is due.
func (p *Provider) nudge() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// newID makes an id as wallets do: the day first, then digits, at most 64 in all.
func (p *Provider) newID(now time.Time) string {
	p.made++
	return fmt.Sprintf("%s%020d", now.In(p.profile.zone).Format("20060102"), p.made)
}

// opaque is a text only this provider can make from parts.
func (p *Provider) opaque(parts ...string) []byte {
	mac := hmac.New(sha256.New, p.mac)
	mac.Write([]byte(strings.Join(parts, "\n")))
	return mac.Sum(nil)
}

// add files a payment, after letting the oldest finished one go when there are too
// many. It is false when none is finished.
func (p *Provider) add(pay *payment) bool {
	if len(p.payments) >= p.cfg.MaxPayments && !p.forget(pay.created) {
		return false
	}
	p.payments = append(p.payments, pay)
	p.byReq[pay.request], p.byID[pay.id] = pay, pay
	return true
}

func (p *Provider) forget(now time.Time) bool {
	for i, pay := range p.payments {
		p.settle(pay, now)
		if !pay.idle() {
			continue
		}
		p.payments = append(p.payments[:i], p.payments[i+1:]...)
		p.unlink(pay)
		delete(p.byID, pay.id)
		delete(p.byID, pay.firstID)
		for _, r := range pay.refunds {
			delete(p.refunds, r.request)
		}
		return true
	}
	return false
}

// unlink takes a payment out of the charges of its request id.
func (p *Provider) unlink(pay *payment) {
	if p.byReq[pay.request] == pay {
		delete(p.byReq, pay.request)
		if pay.earlier != nil {
			p.byReq[pay.request] = pay.earlier
		}
		return
	}
	for later := p.byReq[pay.request]; later != nil; later = later.earlier {
		if later.earlier == pay {
			later.earlier = pay.earlier
		}
	}
}

// named finds the payment a call is about and lets time pass for it. The wallet's id
// wins: the merchant's is not looked at beside it.
func (p *Provider) named(n node, now time.Time) (*payment, *result) {
	payID, request := n.str("paymentId"), n.str("paymentRequestId")
	pay := p.byReq[request]
	switch {
	case payID != "":
		pay = p.byID[payID]
	case request == "":
		return nil, illegal("paymentId", "or paymentRequestId must be there")
	}
	if pay == nil {
		return nil, noOrder()
	}
	p.settle(pay, now)
	return pay, nil
}

// paymentURL is where the payer pays. It is longer than 255 characters and holds %2B
// and &, so that whoever cuts it or encodes it anew breaks it here first.
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
