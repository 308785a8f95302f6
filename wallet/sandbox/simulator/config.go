package simulator

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minitill/minitill/signing"
)

// Config is a provider's configuration. PublicURL, KeyID and Key are required.
type Config struct {
	// PublicURL is the absolute base at which payers and merchants reach the
	// provider, such as https://pay.example/sandbox. Requests are served with and
	// without its path, so the provider can be mounted under any prefix.
	PublicURL string
	KeyID     string
	Key       signing.Secret

	Merchant       string          // the name on the cashier page
	Journal        string          // a file that keeps the state; empty keeps it in memory only
	Methods        []Method        // when set, payments start with a choice of these
	FeePermille    int64           // added to what the payer pays, reported apart
	ManualRefunds  bool            // refunds wait for ApproveRefund or RejectRefund
	NeverRetry     bool            // give up a notification after its first attempt
	Later          time.Duration   // how long "pay later" takes; 5 s
	AuthCodeLife   time.Duration   // 2 min
	Ladder         []time.Duration // pauses between attempts of a notification
	LadderFactor   float64         // scales Ladder; 1
	Workers        int             // notifications in flight per receiver; 16
	AttemptTimeout time.Duration   // of one notification; 10 s
	AttemptsKept   int             // length of the Attempts log; 1024

	Seed           uint64   // of the random faults
	Control        bool     // serve /control
	FrameAncestors []string // who may embed the pages besides ourselves

	Now       func() time.Time
	HTTP      *http.Client // delivers notifications
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

// DefaultLadder is how long the provider pauses between attempts.
var DefaultLadder = []time.Duration{
	time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute,
	5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour,
}

func (c Config) withDefaults() Config {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	c.Merchant = or(c.Merchant, "Sandbox Merchant")
	c.Later = or(c.Later, 5*time.Second)
	c.AuthCodeLife = or(c.AuthCodeLife, 2*time.Minute)
	c.LadderFactor = or(c.LadderFactor, 1)
	c.Workers = or(c.Workers, 16)
	c.AttemptTimeout = or(c.AttemptTimeout, 10*time.Second)
	c.AttemptsKept = or(c.AttemptsKept, 1024)
	if c.Ladder == nil {
		c.Ladder = DefaultLadder
	}
	if c.NeverRetry {
		c.Ladder = nil
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.HTTP == nil {
		c.HTTP = deliveryClient(c.Workers)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// deliveryClient follows no redirect: a notification is for one address.
func deliveryClient(workers int) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = workers
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// check reports all mistakes together.
func (c Config) check() (*url.URL, error) {
	var mistakes []error
	base, err := url.Parse(c.PublicURL)
	if err != nil || !webURL(c.PublicURL) || base.RawQuery != "" {
		mistakes = append(mistakes, errors.New("PublicURL must be an absolute http or https URL without a query"))
	}
	if c.KeyID == "" {
		mistakes = append(mistakes, errors.New("KeyID is empty"))
	}
	if c.FeePermille < 0 || c.Workers < 1 || c.LadderFactor < 0 {
		mistakes = append(mistakes, errors.New("FeePermille, Workers and LadderFactor must not be negative"))
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	return base, nil
}

// webURL says whether s is an absolute http or https URL without credentials.
func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}
