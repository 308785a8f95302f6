package redotpay

import (
	"cmp"
	"crypto/rsa"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Config is one merchant account at RedotPay Connect.
type Config struct {
	Environment string `json:"environment" validate:"omitempty,oneof=production sandbox gray"` // empty: production
	BaseURL     string `json:"baseUrl" validate:"omitempty,http_url"`                          // empty: the environment's
	Insecure    bool   `json:"insecure"`                                                       // whether BaseURL may be http beyond this machine

	AppKey       string         `json:"appKey" validate:"required,max=128"`
	PrivateKey   signing.Secret `json:"privateKey"` // ours: RSA, PEM or bare base64
	KeyVersion   int            `json:"keyVersion" validate:"omitempty,min=1"`
	PlatformKeys []PlatformKey  `json:"platformKeys" validate:"dive"` // empty: the environment's
	// SandboxWithoutSignatures lets requests be sent without a private key, and webhooks
	// without a signature be taken as hints. It is refused outside the sandbox.
	SandboxWithoutSignatures bool `json:"sandboxWithoutSignatures"`

	Flow          string   `json:"flow" validate:"omitempty,oneof=paylink openApi"` // empty: paylink
	Manual        *bool    `json:"manual"`                                          // sent with create when set
	Currencies    []string `json:"currencies" validate:"dive,min=3,max=8"`          // empty: USD
	MerchantName  string   `json:"merchantName" validate:"max=64"`
	GoodsType     string   `json:"goodsType" validate:"omitempty,oneof=01 02"` // empty: 02, virtual
	GoodsCategory string   `json:"goodsCategory" validate:"omitempty,len=4"`   // empty: Z000
	// RedirectInBuyer also sends redirectUrl inside buyer.
	RedirectInBuyer bool `json:"redirectInBuyer"`

	// Codes say what the provider's codes mean: notFound, refused, conflict, unavailable or
	// unknown.
	Codes map[string]string `json:"codes"`
	// TrustNotifications accepts a verified webhook without a query.
	TrustNotifications bool `json:"trustNotifications"`
	// RefuseUnknownOrders refuses webhooks that match no order, so that they are sent again;
	// they are stored in both cases.
	RefuseUnknownOrders bool `json:"refuseUnknownOrders"`
	// NotifyPast and NotifyFuture are how far a webhook's timestamp may be from the clock;
	// zero: 15 and 5 minutes.
	NotifyPast   time.Duration `json:"notifyPast" validate:"omitempty,min=1m,max=24h"`
	NotifyFuture time.Duration `json:"notifyFuture" validate:"omitempty,min=1m,max=24h"`
	// Lag is how long after a call the provider's queries may not show its effect yet; zero:
	// one minute.
	Lag time.Duration `json:"lag" validate:"omitempty,min=1s,max=1h"`

	Refund RefundConfig `json:"refund"`
}

// PlatformKey is one of RedotPay's public keys.
type PlatformKey struct {
	Version int    `json:"version" validate:"min=1"`
	Key     string `json:"key" validate:"required"` // PEM or bare base64
}

// RefundConfig describes the calls and webhooks of refunds. Without Path there are none.
type RefundConfig struct {
	Path       string `json:"path" validate:"max=128"`
	DetailPath string `json:"detailPath" validate:"max=128"`
	ActionType string `json:"actionType" validate:"max=64"` // of webhooks; empty: they are not read

	// The names of members; empty: orderSn, outerRefundSn, refundSn, refundAmount and
	// refundStatus.
	OrderName  string `json:"orderName" validate:"max=64"`
	NumberName string `json:"numberName" validate:"max=64"`
	IDName     string `json:"idName" validate:"max=64"`
	AmountName string `json:"amountName" validate:"max=64"`
	StatusName string `json:"statusName" validate:"max=64"`
	// The values of the status; empty: 1, 2 and 3.
	Pending   string `json:"pending" validate:"max=64"`
	Succeeded string `json:"succeeded" validate:"max=64"`
	Failed    string `json:"failed" validate:"max=64"`
}

// withDefaults returns c with every empty name and value filled in.
func (c RefundConfig) withDefaults() RefundConfig {
	for _, f := range []struct {
		set   *string
		value string
	}{
		{&c.OrderName, "orderSn"}, {&c.NumberName, "outerRefundSn"}, {&c.IDName, "refundSn"},
		{&c.AmountName, "refundAmount"}, {&c.StatusName, "refundStatus"},
		{&c.Pending, "1"}, {&c.Succeeded, "2"}, {&c.Failed, "3"},
	} {
		*f.set = cmp.Or(*f.set, f.value)
	}
	return c
}

// environment is what RedotPay publishes about one of its environments.
type environment struct{ baseURL, key string }

// environments are those that can be configured. The key is version 1 of the platform's;
// of gray, the pre-production, neither host nor key is published.
var environments = map[string]environment{
	"production": {"https://acquirer.redotpay.com", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzMn4r06M/cp2amkbCxIsPSr030JoCFeymwjTZrBnI8kW4mtL6JtUPYpJTFgCB8ZQoV75lEmUw8gSLbN770Cc5EOi1dF4ekmLQ7Ez0SFUbQgJa7Vg5wBdSKcbUmkKGviJt+iZRJ0tZsPpXMPqIo9YOWJagfPbDhEwT2t1ANP4ou98sCqLqELI80iYm8+W4B9IvBW4lc+H5BAPtXpYMtlZ6stCnvHXd1EjvlTak25v5xJ8AInEeAy8/D2glunmz/VfPyoB5OHPgnYVU66HyeQcO1ZY/jzB5d6I/zX4JENG1xrP8ThPZ9qMWtmputJ0XYKymiZgZP6vh0L+G6P/Z98vlQIDAQAB"},
	"sandbox":    {"https://acquirersandbox.rp-2023app.com", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuctrVK3eP8hpoJf7FMetlcR77FYcj9HtrkySyGDRt5HHwdwgM8jK0kfE4ag/zI8goe8M0iJ2o7n3VCfTzn8OyfU0bu6KzDti1WOJV9fv4XtSmhm9W4WKjIc8uDQViR7E8trzcrbKFVbKVGng1+z0KobQBDtWhjUeXKktUq1lpiejTS+XjXej26ANPfwbqbY+/6kBB3sWbt9BLDI/WhPYXnFV9oJWod9I/dYUgUUA/b/+bI1wlobNntBDxiNmX0kbqpGZbzO6l9wWFXZiFCD25QtBOZlMbn9noH4KW3DnKGc2nKNz/f2FEM9DJKn3P7NGFVy6O/Q5NzcbFs+DI6nTywIDAQAB"},
	"gray":       {},
}

// The time windows and the lag where they are not configured.
const (
	usualPast   = 15 * time.Minute // longer than the reported retries take
	usualFuture = 5 * time.Minute
	usualLag    = time.Minute
)

var _ wallet.Opener = Config{}

// Open returns the wallet: a [Refunding] one where refunds are configured, else a [Wallet]. It
// calls nothing.
//
// Faults: Invalid, naming all settings that are wrong at once.
func (c Config) Open(env wallet.Env) (wallet.Wallet, error) {
	var wrong wire.Mistakes
	environment := environments[cmp.Or(c.Environment, "production")]
	base, ok := wire.ParseBase(cmp.Or(c.BaseURL, environment.baseURL), c.Insecure)
	wrong.Check(ok, "baseUrl", wire.BaseDetail)
	wrong.Check(wire.ValidHeaderValue(c.AppKey) && !strings.Contains(c.AppKey, "."), "appKey", "must be letters, digits and signs without blanks and dots")
	c.checkPlain(&wrong)
	c.checkRefund(&wrong)
	key := c.privateKey(&wrong)
	w := &Wallet{
		base: base, codes: wire.ParseCodes(c.Codes, func(code string) bool { return code != success }, &wrong), lag: cmp.Or(c.Lag, usualLag), flow: c.Flow, currencies: c.currencies(&wrong),
		config: c, refund: c.Refund.withDefaults(), trust: c.TrustNotifications,
		seal: seal{
			appKey: c.AppKey, version: strconv.Itoa(cmp.Or(c.KeyVersion, 1)), key: key, platform: c.platformKeys(&wrong, environment.key, key),
			past: cmp.Or(c.NotifyPast, usualPast), future: cmp.Or(c.NotifyFuture, usualFuture), unsigned: c.SandboxWithoutSignatures,
		},
	}
	if err := wrong.Fault("redotpay.Open", "The RedotPay wallet is not configured."); err != nil {
		return nil, err
	}
	env = env.WithDefaults()
	w.http, w.now, w.log, w.name = env.HTTP, env.Now, env.Log, env.Name
	w.config.PrivateKey, w.config.PlatformKeys = signing.Secret{}, nil
	if c.Refund.Path != "" {
		return Refunding{w}, nil
	}
	return w, nil
}

// checkPlain records settings that contradict each other or that no tag can check.
func (c Config) checkPlain(wrong *wire.Mistakes) {
	_, known := environments[cmp.Or(c.Environment, "production")]
	wrong.Check(known, "environment", "must be production, sandbox or gray")
	wrong.Check(!c.SandboxWithoutSignatures || c.Environment == "sandbox", "sandboxWithoutSignatures", "is for the sandbox environment only")
	wrong.Check(c.Flow == "" || c.Flow == flowPaylink || c.Flow == flowOpenAPI, "flow", "must be paylink or openApi")
	wrong.Check(c.KeyVersion >= 0, "keyVersion", "must be at least 1")
	wrong.Check(c.NotifyPast >= 0, "notifyPast", "must not be negative")
	wrong.Check(c.NotifyFuture >= 0, "notifyFuture", "must not be negative")
	wrong.Check(c.Lag >= 0, "lag", "must not be negative")
}

func (c Config) checkRefund(wrong *wire.Mistakes) {
	r := c.Refund
	wrong.Check(r.Path == "" || wire.PlainPath(r.Path), "refund.path", "must be a path such as /openapi/v2/order/refund")
	wrong.Check(r.DetailPath == "" || wire.PlainPath(r.DetailPath), "refund.detailPath", "must be a path such as /openapi/v2/order/refund/detail")
	wrong.Check((r.Path == "") == (r.DetailPath == ""), "refund.detailPath", "goes with refund.path: a refund without a query is not safe")
	wrong.Check(r.Path == "" || r.Path != r.DetailPath, "refund.detailPath", "must differ from refund.path: a query must not refund")
	others := []string{pathCreate, pathMethod, pathDetail, pathClose}
	wrong.Check(!slices.Contains(others, r.Path), "refund.path", "is the path of another call")
	wrong.Check(!slices.Contains(others, r.DetailPath), "refund.detailPath", "is the path of another call")
	wrong.Check(r.ActionType != actionPay, "refund.actionType", "is that of payments")
	values := r.withDefaults()
	names := []string{values.OrderName, values.NumberName, values.IDName, values.AmountName, values.StatusName}
	slices.Sort(names)
	wrong.Check(len(slices.Compact(names)) == 5, "refund", "has two members of one name")
	wrong.Check(values.Pending != values.Succeeded && values.Succeeded != values.Failed && values.Pending != values.Failed,
		"refund.succeeded", "must differ from refund.pending and refund.failed, and those from each other")
}

func (c Config) currencies(wrong *wire.Mistakes) []wallet.Currency {
	if len(c.Currencies) == 0 {
		return []wallet.Currency{"USD"}
	}
	var all []wallet.Currency
	for _, code := range c.Currencies {
		wrong.Check(wallet.Currency(code).Valid() == nil, "currencies", "has one that is not known: "+wire.Clip(code))
		all = append(all, wallet.Currency(code))
	}
	return all
}

func (c Config) privateKey(wrong *wire.Mistakes) *signing.RSASigner {
	if c.PrivateKey.IsZero() {
		wrong.Check(c.SandboxWithoutSignatures, "privateKey", "is required: our RSA key")
		return nil
	}
	key, err := signing.ParseRSAPrivateKey(c.PrivateKey.Reveal())
	if err != nil {
		wrong.AddFault("privateKey", err)
		return nil
	}
	signer, err := signing.NewRSASigner(strconv.Itoa(c.KeyVersion), key)
	wrong.AddFault("privateKey", err)
	return signer
}

// platformKeys returns the configured keys, or the environment's own.
func (c Config) platformKeys(wrong *wire.Mistakes, published string, ours *signing.RSASigner) *signing.RSAVerifier {
	keys := c.PlatformKeys
	if len(keys) == 0 && published != "" {
		keys = []PlatformKey{{1, published}}
	}
	parsed := map[string]*rsa.PublicKey{}
	for i, k := range keys {
		at := "platformKeys[" + strconv.Itoa(i) + "]."
		key, err := signing.ParseRSAPublicKey([]byte(k.Key))
		wrong.AddFault(at+"key", err)
		version := strconv.Itoa(k.Version)
		wrong.Check(k.Version >= 1 && parsed[version] == nil, at+"version", "must be at least 1, and there once")
		if err == nil {
			wrong.CheckNotOwnKey(at+"key", key, ours)
			parsed[version] = key
		}
	}
	if len(keys) == 0 {
		wrong.Add("platformKeys", "is required in this environment: RedotPay's public key")
	}
	if len(parsed) == 0 {
		return nil
	}
	verifier, err := signing.NewRSAVerifier(parsed)
	wrong.AddFault("platformKeys", err)
	return verifier
}
