package simulator

import (
	"cmp"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// Config is a provider's configuration. PublicURL is required, and either Direct or AppKey,
// MerchantKeys and Key.
type Config struct {
	// PublicURL is the absolute base at which payers and merchants reach the provider,
	// without a slash at its end. Requests are served with and without its path.
	PublicURL string

	AppKey       string
	MerchantKeys map[int]string // the merchant's public keys by version: PEM or bare Base64
	Key          signing.Secret // the platform's private key
	KeyVersion   int            // of Key; 1
	NotifyURL    string         // of webhooks, a setting of the platform
	Methods      []Method       // offered by create instead of links
	BothWays     bool           // offered beside links

	Direct *Direct // the other dialect

	Merchant       string
	Currencies     []wallet.Currency // USD
	FrameAncestors []string          // origins that may show the pages in a frame, besides our own
	ManualRefunds  bool              // refunds wait for DecideRefund
	RefundAfter    time.Duration     // how long others take; 2 s
	Later          time.Duration     // how long "pay later" takes; 5 s
	Tolerance      time.Duration     // of X-R-TS; 5 min
	MaxOrders      int               // kept in memory; 10,000

	Ladder    []time.Duration // pauses between the attempts of a webhook; three of 180 s
	TimeScale int             // divides the ladder; 1
	Control   bool            // serve /control
	Seed      uint64          // of the faults that are drawn at a rate
	HTTP      *http.Client    // delivers webhooks
	Now       func() time.Time
	Log       *slog.Logger
	OnRequest func(endpoint string, body []byte) // called before each call is executed
}

// Method is a payment method. Manual ones are fetched by payment-method. Link, QR and App say
// what the method has: a page, a QR code, an app's deep link.
type Method struct {
	ID, Name string
	Manual   bool
	Link     bool
	QR       bool
	App      bool
}

// DefaultMethods are one of each kind.
var DefaultMethods = []Method{
	{ID: "1", Name: "RedotPay", Link: true, QR: true},
	{ID: "2", Name: "Binance Pay", Manual: true, Link: true, QR: true},
	{ID: "3", Name: "Wallet app", Manual: true, App: true},
}

// Direct is an account of the direct dialect.
type Direct struct {
	MerchantCode string
	MerchantKey  signing.Secret
	Secret       signing.Secret
	Major        bool   // amounts are whole units of the currency, not minor units
	Base64       bool   // the MAC's encoding, else hexadecimal
	CardWebhook  string // where card calls are notified; empty: nowhere
	PartCaptures bool   // a capture may take less than was authorized
}

func (c Config) withDefaults() Config {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	c.KeyVersion = cmp.Or(c.KeyVersion, 1)
	c.Merchant = cmp.Or(c.Merchant, "Test merchant")
	c.RefundAfter, c.Later = cmp.Or(c.RefundAfter, 2*time.Second), cmp.Or(c.Later, 5*time.Second)
	c.Tolerance, c.MaxOrders = cmp.Or(c.Tolerance, 5*time.Minute), cmp.Or(c.MaxOrders, 10_000)
	if len(c.Currencies) == 0 {
		c.Currencies = []wallet.Currency{"USD"}
	}
	c.TimeScale = cmp.Or(c.TimeScale, 1)
	if c.Ladder == nil {
		c.Ladder = slices.Repeat([]time.Duration{180 * time.Second}, 3)
	}
	c.Now, c.Log = provider.Environment(c.Now, c.Log)
	if c.OnRequest == nil {
		c.OnRequest = func(string, []byte) {}
	}
	return c
}

// check reports all mistakes together.
func (c Config) check() (*url.URL, error) {
	var mistakes []error
	base, err := url.Parse(c.PublicURL)
	if err != nil || !provider.WebURL(c.PublicURL) || base.RawQuery != "" {
		mistakes = append(mistakes, errors.New("PublicURL must be an absolute http or https URL without a query"))
	}
	if c.NotifyURL != "" && !provider.WebURL(c.NotifyURL) {
		mistakes = append(mistakes, errors.New("NotifyURL must be an absolute http or https URL"))
	}
	switch d := c.Direct; {
	case d == nil && c.AppKey == "":
		mistakes = append(mistakes, errors.New("AppKey is empty"))
	case d != nil && (d.MerchantCode == "" || d.MerchantKey.IsZero() || d.Secret.IsZero()):
		mistakes = append(mistakes, errors.New("Direct needs MerchantCode, MerchantKey and Secret"))
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	return base, nil
}

// keys parses both sides' keys of Connect.
func (c Config) keys() (*signing.RSASigner, *signing.RSAVerifier, error) {
	private, err := signing.ParseRSAPrivateKey(c.Key.Reveal())
	if err != nil {
		return nil, nil, fmt.Errorf("the platform's Key: %w", err)
	}
	signer, err := signing.NewRSASigner(strconv.Itoa(c.KeyVersion), private)
	if err != nil {
		return nil, nil, fmt.Errorf("the platform's Key: %w", err)
	}
	public := make(map[string]*rsa.PublicKey, len(c.MerchantKeys))
	for version, text := range c.MerchantKeys {
		if public[strconv.Itoa(version)], err = signing.ParseRSAPublicKey([]byte(text)); err != nil {
			return nil, nil, fmt.Errorf("the merchant's key %d: %w", version, err)
		}
	}
	verifier, err := signing.NewRSAVerifier(public)
	if err != nil {
		return nil, nil, fmt.Errorf("the merchant's keys: %w", err)
	}
	return signer, verifier, nil
}
