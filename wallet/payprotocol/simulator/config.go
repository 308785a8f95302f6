package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// Config is the configuration of a provider's server. PublicURL, APIKey and APISecret are
// required.
type Config struct {
	PublicURL    string // where merchants and payers reach it
	APIKey       string
	APISecret    signing.Secret
	HeaderPrefix string // of the signature's headers; X-PAY-
	Merchant     string // at the payment page
	OrgID        int

	Window        time.Duration // how long an order can be paid; 30 min
	Confirmations time.Duration // how long a transfer takes to be confirmed; 0: not at all
	Addresses     int           // how many addresses a chain has for all orders; 8
	RepeatsAgree  bool          // a repeated order number with the same content returns the order
	RefuseInBody  bool          // a wrong signature is answered HTTP 200 with code 401

	TimeScale      int      // divides the pauses between attempts of a callback; 1
	FrameAncestors []string // origins that may frame the payment page
	Control        bool     // serve /control/ and /console/
	Seed           uint64

	HTTP *http.Client // delivers callbacks
	Now  func() time.Time
	Log  *slog.Logger
}

// ladder is the retry schedule of callbacks, after the event.
var ladder = []time.Duration{0, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 5 * time.Minute, 10 * time.Minute}

func (c Config) withDefaults() Config {
	c.HeaderPrefix = cmp.Or(c.HeaderPrefix, "X-PAY-")
	c.Merchant = cmp.Or(c.Merchant, "Test merchant")
	c.OrgID = cmp.Or(c.OrgID, 12)
	c.Window = cmp.Or(c.Window, 30*time.Minute)
	c.Addresses = cmp.Or(c.Addresses, 8)
	c.TimeScale = cmp.Or(c.TimeScale, 1)
	c.Now, c.Log = provider.Environment(c.Now, c.Log)
	return c
}

func (c Config) check() (*url.URL, error) {
	var mistakes []error
	base, err := url.Parse(strings.TrimSuffix(c.PublicURL, "/"))
	if err != nil || !provider.WebURL(c.PublicURL) {
		mistakes = append(mistakes, errors.New("the PublicURL must be an absolute http or https URL"))
	}
	if c.APIKey == "" {
		mistakes = append(mistakes, errors.New("the APIKey is required"))
	}
	if c.Addresses < 1 {
		mistakes = append(mistakes, errors.New("the number of Addresses must be at least one"))
	}
	if len(mistakes) > 0 {
		return nil, fmt.Errorf("simulator: %w", errors.Join(mistakes...))
	}
	return base, nil
}
