package direct

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Config is one account at a server of this dialect.
type Config struct {
	BaseURL      string            `json:"baseUrl" validate:"required,http_url"`
	Insecure     bool              `json:"insecure"` // whether BaseURL may be http beyond this machine
	MerchantCode string            `json:"merchantCode" validate:"required,max=64"`
	MerchantKey  signing.Secret    `json:"merchantKey" validate:"required"`                   // the Bearer key
	Secret       signing.Secret    `json:"secret"`                                            // of callbacks; orders only
	Mode         string            `json:"mode" validate:"omitempty,oneof=orders cards"`      // empty: orders
	AmountUnit   string            `json:"amountUnit" validate:"required,oneof=minor major"`  // of the integer amounts of orders
	Currencies   []string          `json:"currencies" validate:"required,dive,min=3,max=8"`   // exactly one with cards
	Manual       bool              `json:"manual"`                                            // sent with create
	MAC          string            `json:"macEncoding" validate:"omitempty,oneof=hex base64"` // empty: hex
	ByReference  bool              `json:"findByReference"`                                   // orders are found by our number too
	Codes        map[string]string `json:"codes"`                                             // notFound, refused, conflict, unavailable or unknown
	TokenName    string            `json:"cardTokenName" validate:"omitempty,max=64"`         // empty: card_number
	ReverseWhole bool              `json:"reverseWhole"`                                      // whole refunds by /v1/reversal
	Lag          time.Duration     `json:"lag" validate:"omitempty,min=1s,max=1h"`            // of queries; zero: one minute
}

// The modes and units.
const (
	modeOrders = "orders"
	modeCards  = "cards"
	unitMinor  = "minor"
	unitMajor  = "major"
)

const usualLag = time.Minute

var _ wallet.Opener = Config{}

// Open returns [Orders] or [Cards]. It calls nothing.
//
// Faults: Invalid, naming all settings that are wrong at once.
func (c Config) Open(env wallet.Env) (wallet.Wallet, error) {
	var wrong wire.Mistakes
	base, ok := wire.ParseBase(c.BaseURL, c.Insecure)
	wrong.Check(ok, "baseUrl", "is required and "+wire.BaseDetail+"; there is no default")
	wrong.Check(c.MerchantCode != "", "merchantCode", "is required")
	wrong.Check(wire.ValidHeaderValue(string(c.MerchantKey.Reveal())), "merchantKey", "is required: letters, digits and signs without blanks")
	wrong.Check(!c.Secret.IsZero() || c.Mode == modeCards, "secret", "is required: the key of callbacks")
	wrong.Check(slices.Contains([]string{"", modeOrders, modeCards}, c.Mode), "mode", "must be orders or cards")
	wrong.Check(c.AmountUnit == unitMinor || c.AmountUnit == unitMajor, "amountUnit", "must be minor or major: the dialect does not say which, so ask")
	wrong.Check(slices.Contains([]string{"", "hex", "base64"}, c.MAC), "macEncoding", "must be hex or base64")
	wrong.Check(plainName(c.TokenName) && c.TokenName != "amount", "cardTokenName", "must be letters, digits and _, and not amount, which is sent beside it")
	wrong.Check(c.Lag >= 0, "lag", "must not be negative")
	a := account{
		base: base, merchantCode: c.MerchantCode, key: c.MerchantKey, secret: c.Secret, config: c,
		codes: wire.ParseCodes(c.Codes, failure, &wrong), currencies: c.currencies(&wrong),
	}
	if err := wrong.Fault("direct.Open", "The wallet of the direct dialect is not configured."); err != nil {
		return nil, err
	}
	env = env.WithDefaults()
	a.http, a.now, a.log, a.name = env.HTTP, env.Now, env.Log, env.Name
	a.config.MerchantKey, a.config.Secret = signing.Secret{}, signing.Secret{}
	if c.Mode == modeCards {
		return &Cards{a}, nil
	}
	return &Orders{a, cmp.Or(c.Lag, usualLag)}, nil
}

func plainName(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

func (c Config) currencies(wrong *wire.Mistakes) (all []wallet.Currency) {
	for _, code := range c.Currencies {
		wrong.Check(wallet.Currency(code).Valid() == nil, "currencies", "has one that is not known: "+wire.Clip(code))
		all = append(all, wallet.Currency(code))
	}
	wrong.Check(len(all) > 0, "currencies", "is required")
	wrong.Check(len(all) <= 1 || c.Mode != modeCards, "currencies", "must be one with cards, whose calls name none")
	return all
}

// failure reports whether a text is the number of a failure, in the form in which answers are
// looked up.
func failure(code string) bool {
	n, err := strconv.ParseInt(code, 10, 64)
	return err == nil && n != 0 && strconv.FormatInt(n, 10) == code
}
