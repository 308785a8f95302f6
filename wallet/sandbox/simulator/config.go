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

// Config is a provider's configuration. PublicURL, KeyID and Key are required.
type Config struct {
	// PublicURL is the absolute base at which payers and merchants reach the
	// provider, such as https://pay.example/sandbox. Requests are served with and
	// without its path, so the provider can be mounted under any prefix.
	PublicURL string
	KeyID     string
	Key       signing.Secret

	Merchant       string        // the name on the cashier page
	Journal        string        // a file that keeps the state; empty keeps it in memory only
	Methods        []Method      // when set, payments start with a choice of these
	FeePermille    int64         // added to what the payer pays, reported separately
	ManualRefunds  bool          // refunds wait for DecideRefund
	NeverRetry     bool          // only one attempt per notification
	Later          time.Duration // how long "pay later" takes; 5 s
	TokenLife      time.Duration // of an agreement's token; 24 h
	RefreshLife    time.Duration // of its refresh token; 30 days
	AuthCodeLife   time.Duration // 2 min
	AnyCode        bool          // accepts codes that others issued, all for one user: real containers have their own
	Ladder         Ladder        // retry schedule of a notification; DefaultLadder
	Workers        int           // notifications in flight per receiver; 16
	AttemptTimeout time.Duration // of one notification; 10 s
	AttemptsKept   int           // length of the Attempts log; 1024

	Seed    uint64 // of the random faults
	Control bool   // serve /control
	// Allow reports who may control the provider: inject faults and sign in as any user. It
	// guards /control and /authcode; nil: everybody.
	Allow          func(*http.Request) bool
	FrameAncestors []string // who may embed the pages besides ourselves

	Now       func() time.Time
	HTTP      *http.Client // delivers notifications; one that follows no redirect
	Log       *slog.Logger
	OnRequest func(Request) // called before each call is executed
}

// Request is what OnRequest sees: a call whose signature was right.
type Request struct {
	Path string
	Body []byte
}

// Method is one way to pay, offered for choice.
type Method struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Ladder is a retry schedule of notifications.
type Ladder = provider.Ladder

// DefaultLadder returns the default pauses between attempts.
var DefaultLadder = []time.Duration{
	time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute,
	5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour,
}

func (c Config) withDefaults() Config {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	c.Merchant = cmp.Or(c.Merchant, "Sandbox Merchant")
	c.Later = cmp.Or(c.Later, 5*time.Second)
	c.AuthCodeLife = cmp.Or(c.AuthCodeLife, 2*time.Minute)
	c.TokenLife = cmp.Or(c.TokenLife, 24*time.Hour)
	c.RefreshLife = cmp.Or(c.RefreshLife, 30*24*time.Hour)
	if c.Ladder.Gaps == nil && c.Ladder.Offsets == nil {
		c.Ladder.Gaps = DefaultLadder
	}
	if c.NeverRetry {
		c.Ladder = Ladder{}
	}
	if c.Allow == nil {
		c.Allow = func(*http.Request) bool { return true }
	}
	c.Now, c.Log = provider.Environment(c.Now, c.Log)
	return c
}

// check reports all mistakes together.
func (c Config) check() (*url.URL, error) {
	var mistakes []error
	base, err := url.Parse(c.PublicURL)
	if err != nil || !provider.WebURL(c.PublicURL) || base.RawQuery != "" {
		mistakes = append(mistakes, errors.New("PublicURL must be an absolute http or https URL without a query"))
	}
	if c.KeyID == "" {
		mistakes = append(mistakes, errors.New("KeyID is empty"))
	}
	if c.FeePermille < 0 || c.Workers < 0 || c.Ladder.Scale < 0 {
		mistakes = append(mistakes, errors.New("FeePermille, Workers and Ladder.Scale must not be negative"))
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	return base, nil
}
