package simulator

import (
	"cmp"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// Config is a provider's configuration. PublicURL, Profile, ClientID, ClientKeys and
// Key are required.
type Config struct {
	// PublicURL is the absolute base at which payers and merchants reach the provider,
	// without a slash at its end. Requests are served with and without its path, so the
	// provider can be mounted under any prefix; what is signed is always the public path.
	PublicURL  string
	Profile    string         // "generic-v2", "superqi", …; see Profiles
	ClientID   string         // the merchant's
	ClientKeys map[int]string // the merchant's public keys by version: PEM or bare Base64
	Key        signing.Secret // the wallet's private key: PEM or bare Base64
	KeyVersion int            // of Key; 1

	AppID        string // checked when set, like the next two
	AuthClientID string
	PartnerID    string

	Merchant       string        // the name on the pages
	FrameAncestors []string      // origins that may show the pages in a frame, besides our own
	AsyncRefunds   bool          // refunds wait for DecideRefund
	Later          time.Duration // how long a payment stays in processing; 5 s
	MaxPayments    int           // kept in memory; 10,000

	Ladder           []time.Duration // pauses between the attempts of a notification
	TimeScale        int             // divides the ladder; 1
	RequireSignedAck bool            // an unsigned acknowledgement does not count
	Control          bool            // serve /control
	Seed             uint64          // of the faults that are drawn at a rate

	HTTP      *http.Client // delivers notifications
	Now       func() time.Time
	Log       *slog.Logger
	OnRequest func(Request) // called after the signature was accepted, before the call is executed
}

// Request is what OnRequest sees.
type Request struct {
	Endpoint string // "pay", "inquiryPayment", …
	Path     string // as it was signed
	Header   http.Header
	Body     []byte
}

// DefaultLadder returns the default pauses between attempts: eight deliveries in a little more
// than a day.
var DefaultLadder = []time.Duration{
	2 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour,
}

func (c Config) withDefaults() Config {
	c.KeyVersion = cmp.Or(c.KeyVersion, 1)
	c.Merchant = cmp.Or(c.Merchant, "Test merchant")
	c.Later = cmp.Or(c.Later, 5*time.Second)
	c.MaxPayments = cmp.Or(c.MaxPayments, 10_000)
	c.TimeScale = cmp.Or(c.TimeScale, 1)
	if c.Ladder == nil {
		c.Ladder = DefaultLadder
	}
	if c.HTTP == nil {
		c.HTTP = provider.Client(inFlight)
	}
	c.Now, c.Log = provider.Environment(c.Now, c.Log)
	return c
}

// check reports all mistakes together.
func (c Config) check() error {
	var mistakes []error
	base, err := url.Parse(c.PublicURL)
	if err != nil || !provider.WebURL(c.PublicURL) || base.RawQuery != "" || strings.HasSuffix(c.PublicURL, "/") {
		mistakes = append(mistakes, errors.New("PublicURL must be an absolute http or https URL without a query and without a slash at its end"))
	}
	if profiles[c.Profile] == nil {
		mistakes = append(mistakes, fmt.Errorf("there is no profile %q", c.Profile))
	}
	if c.ClientID == "" || strings.Trim(c.ClientID, idRunes+".") != "" {
		mistakes = append(mistakes, errors.New("ClientID must be letters, digits, '-', '_' and '.'"))
	}
	if c.KeyVersion < 0 || c.TimeScale < 0 || c.MaxPayments < 0 || c.Later < 0 {
		mistakes = append(mistakes, errors.New("KeyVersion, TimeScale, MaxPayments and Later must not be negative"))
	}
	return errors.Join(mistakes...)
}

// keys reads both sides' keys.
func (c Config) keys() (*signing.RSASigner, *signing.RSAVerifier, error) {
	private, err := signing.ParseRSAPrivateKey(c.Key.Reveal())
	if err != nil {
		return nil, nil, fmt.Errorf("the wallet's Key: %w", err)
	}
	signer, err := signing.NewRSASigner(strconv.Itoa(c.KeyVersion), private)
	if err != nil {
		return nil, nil, fmt.Errorf("the wallet's Key: %w", err)
	}
	public := make(map[string]*rsa.PublicKey, len(c.ClientKeys))
	for version, text := range c.ClientKeys {
		key, err := signing.ParseRSAPublicKey([]byte(text))
		if err != nil {
			return nil, nil, fmt.Errorf("the client's key %d: %w", version, err)
		}
		public[strconv.Itoa(version)] = key
	}
	verifier, err := signing.NewRSAVerifier(public)
	if err != nil {
		return nil, nil, fmt.Errorf("the client's keys: %w", err)
	}
	return signer, verifier, nil
}
