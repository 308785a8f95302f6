package payprotocol

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Config is one merchant account at Pay Protocol, or at a provider with the same protocol under
// other names.
type Config struct {
	BaseURL  string `json:"baseUrl" validate:"required,http_url"` // with /api/mer, which is signed too
	Insecure bool   `json:"insecure"`                             // whether BaseURL may be http beyond this machine
	PageURL  string `json:"pageUrl" validate:"required,http_url"` // the payment page's host

	APIKey    string         `json:"apiKey" validate:"required,max=64"`
	APISecret signing.Secret `json:"apiSecret" validate:"required"`
	// HeaderPrefix begins the names of the signature's headers; empty: X-PAY-.
	HeaderPrefix string `json:"headerPrefix" validate:"max=32"`

	// ChainID is the platform's id of the chain on which an order is opened. Payers may change
	// it.
	ChainID int64  `json:"chainId" validate:"required,min=1"`
	TagName string `json:"tagName" validate:"max=64"` // of an address pool made in the console

	// Action is page, the provider's payment page, or address: the address to send to, for
	// orders whose price is in a token. Empty: page.
	Action string `json:"action" validate:"omitempty,oneof=page address"`
	// Methods restricts what payers choose from, as CHAIN-CURRENCY of the platform's ids, in
	// this order. Empty: all tokens on the chain.
	Methods []string `json:"methods" validate:"max=64,dive,required"`
	// OtherTokens accepts an order with a price in one token that is paid in another, at the
	// provider's conversion. Without it an operator decides.
	OtherTokens bool `json:"otherTokens"`

	// CallbackPaths are the paths that a callback may have signed; {path} is the path and query
	// of the notification URL. Empty: {path} alone.
	CallbackPaths  []string      `json:"callbackPaths" validate:"max=8"`
	CallbackPast   time.Duration `json:"callbackPast" validate:"omitempty,min=1m,max=24h"`  // how old one may be; zero: 15 min
	CallbackFuture time.Duration `json:"callbackFuture" validate:"omitempty,min=1s,max=1h"` // and how far ahead; zero: 1 min

	// RefusalCodes are codes of answers that prove that nothing was executed, beside 400 and
	// 422.
	RefusalCodes []string `json:"refusalCodes" validate:"max=64"`
	// Lag is how long after a call the provider's queries may not show its effect yet; zero:
	// one minute.
	Lag time.Duration `json:"lag" validate:"omitempty,min=1s,max=1h"`

	// Contracts verify the addresses of payments, by chain; see Contract.
	Contracts []Contract `json:"contracts" validate:"max=64,dive"`
}

// The default settings.
const (
	usualPrefix = "X-PAY-"
	usualLag    = time.Minute
	usualPast   = 15 * time.Minute
	usualFuture = time.Minute
	pathSlot    = "{path}"
	byAddress   = "address"
)

var _ wallet.Opener = Config{}

// Open returns the wallet. It calls nothing.
//
// Faults: Invalid, naming all settings that are wrong at once.
func (c Config) Open(env wallet.Env) (wallet.Wallet, error) {
	var mistakes wire.Mistakes
	base, page := c.checkURLs(&mistakes)
	c.checkChoices(&mistakes)
	key, err := signing.NewHMAC(c.APIKey, c.APISecret)
	mistakes.AddFault("apiSecret", err)
	contracts := c.contracts(&mistakes)
	if err := mistakes.Fault("payprotocol.Open", "The Pay Protocol wallet is not configured."); err != nil {
		return nil, err
	}
	env = env.WithDefaults()
	w := &Wallet{
		base: base, page: page, http: env.HTTP, now: env.Now, log: env.Log, lag: cmp.Or(c.Lag, usualLag),
		chain: c.ChainID, tagName: c.TagName, byAddress: c.Action == byAddress, methods: c.Methods,
		otherTokens: c.OtherTokens, refusalCodes: c.RefusalCodes, contracts: contracts,
		seal: seal{
			key: key, keyID: c.APIKey, prefix: cmp.Or(c.HeaderPrefix, usualPrefix), paths: c.CallbackPaths,
			past: cmp.Or(c.CallbackPast, usualPast), future: cmp.Or(c.CallbackFuture, usualFuture),
		},
	}
	if len(w.seal.paths) == 0 {
		w.seal.paths = []string{pathSlot}
	}
	return w, nil
}

// checkURLs returns where the provider is called, and the base of payment URLs.
func (c Config) checkURLs(mistakes *wire.Mistakes) (base wire.Base, page string) {
	base, usable := wire.ParseBase(c.BaseURL, c.Insecure)
	mistakes.Check(usable, "baseUrl", wire.BaseDetail)
	host, usable := wire.ParseBase(c.PageURL, c.Insecure)
	mistakes.Check(usable, "pageUrl", wire.BaseDetail)
	return base, host.URL("")
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

func (c Config) checkChoices(mistakes *wire.Mistakes) {
	mistakes.Check(wire.ValidHeaderValue(c.APIKey), "apiKey", "must be letters, digits and signs without blanks")
	mistakes.Check(strings.Trim(c.HeaderPrefix, letters) == "", "headerPrefix", "must be letters, digits, - and _ only")
	mistakes.Check(c.ChainID > 0, "chainId", "must be the platform's id of a chain")
	mistakes.Check(c.Action == "" || c.Action == "page" || c.Action == byAddress, "action", "must be page or address")
	for _, id := range c.Methods {
		_, usable := parseMethod(id)
		mistakes.Check(usable, "methods", "must be CHAIN-CURRENCY, two ids of the platform's, such as 136-2")
	}
	mistakes.Check(!slices.Contains(c.RefusalCodes, success), "refusalCodes", "must not have the code of success")
	for name, set := range map[string]time.Duration{"lag": c.Lag, "callbackPast": c.CallbackPast, "callbackFuture": c.CallbackFuture} {
		mistakes.Check(set >= 0, name, "must not be negative")
	}
}
