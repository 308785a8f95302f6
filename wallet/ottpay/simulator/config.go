package simulator

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// Config is a provider with one merchant. PublicURL, MerchantID, SignKey and Currency are
// required; AppID and AppKey enable REST.
type Config struct {
	PublicURL  string // without a slash at its end; requests are served with and without its path
	MerchantID string
	ShopID     string // checked when set, like the next
	OperatorID string
	SignKey    signing.Secret
	Currency   string
	AppID      string
	AppKey     signing.Secret

	Merchant       string   // the name on the pages
	FrameAncestors []string // origins that may show the pages in a frame, besides our own

	Fee          int64 // cents, additional cost of the payer
	Apart        bool  // the amount of a callback is without fee and tip
	QueryWithFee bool  // the amount of a query is with fee and tip

	RemarkIsReference bool          // wallet payments are found by their remark
	RefundsCountLate  bool          // a payment's refunded sum is without refunds in progress
	RefundIDsAnswered bool          // a status query takes ids of refunds
	AsyncRefunds      bool          // refunds wait for DecideRefund
	Later             time.Duration // how long a payment stays in processing; 5 s
	TokenLife         time.Duration // 15 minutes
	MaxPayments       int           // kept in memory; 10,000

	Ladder    []time.Duration // pauses between the attempts of a callback
	TimeScale int             // divides the ladder; 1
	Control   bool            // serve /control
	Seed      uint64          // of the faults that are drawn at a rate

	HTTP *http.Client
	Now  func() time.Time
	Log  *slog.Logger
}

// DefaultLadder is this simulator's own: it is not documented how callbacks are repeated.
var DefaultLadder = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour}

func (c Config) withDefaults() Config {
	c.Merchant = cmp.Or(c.Merchant, "Test merchant")
	c.Later = cmp.Or(c.Later, 5*time.Second)
	c.TokenLife = cmp.Or(c.TokenLife, 15*time.Minute)
	c.MaxPayments = cmp.Or(c.MaxPayments, 10_000)
	c.TimeScale = cmp.Or(c.TimeScale, 1)
	if c.Ladder == nil {
		c.Ladder = DefaultLadder
	}
	c.Now, c.Log = provider.Environment(c.Now, c.Log)
	return c
}

// check reports all mistakes together.
func (c Config) check() (*url.URL, error) {
	var mistakes []error
	base, err := url.Parse(c.PublicURL)
	if err != nil || !provider.WebURL(c.PublicURL) || base.RawQuery != "" || strings.HasSuffix(c.PublicURL, "/") {
		mistakes = append(mistakes, errors.New("simulator: PublicURL must be an absolute http or https URL without a query and without a slash at its end"))
	}
	if c.MerchantID == "" || len(c.SignKey.Reveal()) == 0 || len(c.Currency) != 3 {
		mistakes = append(mistakes, errors.New("simulator: MerchantID, SignKey and Currency are required"))
	}
	if c.Fee < 0 || c.Later < 0 || c.TimeScale < 0 || c.MaxPayments < 0 {
		mistakes = append(mistakes, errors.New("simulator: Fee, Later, TimeScale and MaxPayments must not be negative"))
	}
	return base, errors.Join(mistakes...)
}
