package ottpay

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Config is one merchant account at OTT Pay. What the provider's documents do not decide is a
// setting; its zero value is the safe choice, and the guide names it.
type Config struct {
	Generation string         `json:"generation" validate:"omitempty,oneof=web rest"` // zero: web
	BaseURL    string         `json:"baseUrl" validate:"required,http_url"`           // of the Web API: the endpoint itself
	Insecure   bool           `json:"insecure"`                                       // whether BaseURL may be http beyond this machine
	MerchantID string         `json:"merchantId" validate:"required,max=32"`
	SignKey    signing.Secret `json:"signKey" validate:"required"`
	Currency   string         `json:"currency" validate:"required,oneof=CAD USD CNY"` // the account's
	// Method pays the orders that name none, and Methods are the others that orders may name.
	// Both are of the tables in doc.go. Zero is the checkout with all that it offers, which
	// REST does not have.
	Method  string   `json:"method" validate:"max=32"`
	Methods []string `json:"methods" validate:"dive,max=32"`

	// The Web API's.
	ShopID        string            `json:"shopId" validate:"max=32"`
	OperatorID    string            `json:"operatorId" validate:"max=32"`
	MiniAppID     string            `json:"miniAppId" validate:"max=64"`                                   // of MINI_WECHATPAY
	H5Return      string            `json:"h5ReturnParameter" validate:"max=32"`                           // of H5_WECHATPAY; zero: no return address is added
	CardQuery     string            `json:"cardQuery" validate:"omitempty,oneof=CC_QUERYPAY STATUS_QUERY"` // zero: CC_QUERYPAY
	CardTerminal  string            `json:"cardTerminal" validate:"max=32"`                                // termId of card queries, where the account has one
	TxnTimeZone   string            `json:"txnTimeZone" validate:"max=6"`                                  // zero: +08:00
	Versions      map[string]string `json:"versions"`                                                      // by action, where the account's differs
	NotFoundCodes []string          `json:"notFoundCodes" validate:"dive,max=32"`                          // zero: every refusal of a query
	DurationLeast time.Duration     `json:"durationLeast" validate:"omitempty,min=1s,max=24h"`             // zero: a minute
	DurationMost  time.Duration     `json:"durationMost" validate:"omitempty,min=1m,max=720h"`             // zero: a day
	// RefundsEndBySum says that the status query does not accept the ids of refunds: a refund
	// ends by the payment's refunded sum.
	RefundsEndBySum bool `json:"refundsEndBySum"`

	// REST's.
	AppID       string         `json:"appId" validate:"max=64"`
	AppKey      signing.Secret `json:"appKey"`
	InAppUserID string         `json:"inAppUserId" validate:"max=64"` // of ALIPAY_INAPP
	// RemarkIsReference says that the account finds wallet payments by their remark, so that
	// "nothing found by reference" proves that there is none.
	RemarkIsReference bool `json:"remarkIsReference"`
	// RefundsCountAtOnce says that a payment's refunded sum contains a refund from the time of
	// its request, so that a sum without it proves that there is none.
	RefundsCountAtOnce bool `json:"refundsCountAtOnce"`
	// RefundIDsQueried says that the status query accepts the ids of refunds.
	RefundIDsQueried bool `json:"refundIdsAreAsked"`

	Acknowledge string `json:"acknowledge" validate:"omitempty,oneof=json text empty"` // zero: json
	// Lag is how long after a call the provider's queries may not show its effect yet; zero:
	// one minute.
	Lag time.Duration `json:"lag" validate:"omitempty,min=1s,max=1h"`
}

var _ wallet.Opener = Config{}

// Open returns the wallet: a [Web] or a [REST]. It calls nothing.
//
// Faults: Invalid, naming all settings that are wrong at once.
func (c Config) Open(env wallet.Env) (wallet.Wallet, error) {
	var wrong wire.Mistakes
	account := c.account(&wrong, env.WithDefaults())
	var opened wallet.Wallet
	switch c.Generation {
	case "", "web":
		opened = c.web(&wrong, account)
	case "rest":
		opened = c.rest(&wrong, account)
	default:
		wrong.Add("generation", "must be web or rest")
	}
	if err := wrong.Fault("ottpay.Open", "The OTT Pay wallet is not configured."); err != nil {
		return nil, err
	}
	return opened, nil
}

// usualLag is the engine's default: the provider documents none.
const usualLag = time.Minute

// account returns what both generations have in common.
func (c Config) account(wrong *wire.Mistakes, env wallet.Env) *account {
	base, ok := wire.ParseBase(c.BaseURL, c.Insecure)
	_, private := wire.ParseBase(c.BaseURL, false)
	wrong.Check(ok, "baseUrl", wire.BaseDetail)
	wrong.Check(plain(c.MerchantID), "merchantId", "must be letters and digits")
	wrong.Check(slices.Contains([]string{"CAD", "USD", "CNY"}, c.Currency), "currency", "must be CAD, USD or CNY, as the account has it")
	key := trimmed(c.SignKey)
	wrong.Check(len(key.Reveal()) >= 8, "signKey", "must have at least 8 characters")
	wrong.Check(c.Lag >= 0, "lag", "must not be negative")
	stored, known := acknowledgements[cmp.Or(c.Acknowledge, "json")]
	wrong.Check(known, "acknowledge", "must be json, text or empty")
	return &account{
		base: base, http: env.HTTP, now: env.Now, log: env.Log, seal: seal{key}, merchantID: c.MerchantID,
		currency: wallet.Currency(c.Currency), lag: cmp.Or(c.Lag, usualLag), stored: stored, exposed: !private,
	}
}

func (c Config) web(wrong *wire.Mistakes, a *account) *Web {
	wrong.Check(plain(c.ShopID), "shopId", "must be letters and digits")
	wrong.Check(plain(c.OperatorID), "operatorId", "must be letters and digits")
	at, err := time.Parse("-07:00", cmp.Or(c.TxnTimeZone, "+08:00"))
	wrong.Check(err == nil, "txnTimeZone", "must be an offset such as +08:00")
	_, offset := at.Zone()
	least, most := cmp.Or(c.DurationLeast, time.Minute), cmp.Or(c.DurationMost, 24*time.Hour)
	wrong.Check(least > 0 && least <= most, "durationLeast", "must be positive and not above durationMost")
	w := &Web{
		account: a, shopID: c.ShopID, operatorID: c.OperatorID, miniAppID: c.MiniAppID, h5Return: c.H5Return,
		cardQuery: cmp.Or(c.CardQuery, actionCardQuery), cardTerminal: c.CardTerminal, zone: time.FixedZone("", offset), versions: c.Versions,
		notFound: notFoundCodes(wrong, c.NotFoundCodes), least: least, most: most,
		refundsEndBySum: c.RefundsEndBySum,
	}
	wrong.Check(w.cardQuery == actionCardQuery || w.cardQuery == actionStatus, "cardQuery", "must be CC_QUERYPAY or STATUS_QUERY")
	w.methods = chosen(wrong, cmp.Or(c.Method, "NONE"), c.Methods, checkoutMethods, func(id string) bool { return webMethods[id].action != "" })
	_, mini := w.methods.find("MINI_WECHATPAY")
	wrong.Check(!mini || c.MiniAppID != "", "miniAppId", "is required by the method MINI_WECHATPAY")
	for action := range c.Versions {
		wrong.Check(actionVersions[action] != "", "versions", "has an action that is not sent: "+wire.Clip(action))
	}
	return w
}

// notFoundCodes are the codes of a query that mean that there is no such order. A code of
// success or of an open outcome cannot mean that.
func notFoundCodes(wrong *wire.Mistakes, setting []string) (codes []string) {
	for _, code := range setting {
		code = upperCode(code)
		kind := webCodes[code].Kind
		wrong.Check(code != "" && code != codeSuccess && kind != fault.Unknown && kind != fault.Unavailable,
			"notFoundCodes", "has one that does not mean \"no such order\": "+wire.Clip(code))
		codes = append(codes, code)
	}
	return codes
}

func (c Config) rest(wrong *wire.Mistakes, a *account) *REST {
	key := trimmed(c.AppKey)
	wrong.Check(strings.TrimSpace(c.AppID) != "", "appId", "is required by the generation rest")
	wrong.Check(len(key.Reveal()) > 0, "appKey", "is required by the generation rest")
	r := &REST{
		account: a, inAppUserID: c.InAppUserID, remarkIsReference: c.RemarkIsReference,
		refundsCountAtOnce: c.RefundsCountAtOnce, refundIDsQueried: c.RefundIDsQueried,
	}
	r.tokens = &tokens{appID: strings.TrimSpace(c.AppID), appKey: key, account: a}
	r.methods = chosen(wrong, c.Method, c.Methods, nil, func(id string) bool { return restMethods[id].path != "" })
	_, inApp := r.methods.find("ALIPAY_INAPP")
	wrong.Check(!inApp || c.InAppUserID != "", "inAppUserId", "is required by the method ALIPAY_INAPP")
	return r
}

// methods are the methods that an account's orders can be paid by, the default first.
type methods []string

// find returns the method that an order names, or the default.
func (m methods) find(name string) (id string, ok bool) {
	id = cmp.Or(name, m[0])
	return id, slices.Contains(m, id)
}

func chosen(wrong *wire.Mistakes, first string, others, usual []string, known func(id string) bool) methods {
	wrong.Check(known(first), "method", "must be a method of this generation")
	for _, id := range others {
		wrong.Check(known(id), "methods", "has one that is no method of this generation: "+wire.Clip(id))
	}
	if len(others) == 0 {
		others = usual
	}
	return append(methods{first}, others...)
}

// trimmed returns a pasted secret without the blanks around it. Its case counts.
func trimmed(s signing.Secret) signing.Secret {
	return signing.NewSecret(strings.TrimSpace(string(s.Reveal())))
}

// plain reports whether an id is letters and digits, with the few signs that ids have.
func plain(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	return s != "" && strings.Trim(s, letters) == ""
}
