package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/minitill/minitill/wallet"
	redotpay "github.com/minitill/minitill/wallet/redotpay/simulator"
)

// simulateRedotpay runs RedotPay Connect, or the direct dialect.
type simulateRedotpay struct {
	simulated
	AppKey      string   `default:"4CA7B705-8EF5-4AC3-A0B6-9A4B84EF13B6" help:"The merchant's appKey."`
	MerchantKey string   `placeholder:"FILE" help:"The merchant's public key; without one a pair is made, and merchant.pem is its private half."`
	NotifyURL   string   `placeholder:"URL" help:"Where webhooks go, a setting of the platform: http://127.0.0.1:8080/notify/redotpay."`
	Methods     bool     `help:"Offer payment methods (Open-API) instead of links (Paylink)."`
	Manual      bool     `name:"manual-refunds" help:"Let refunds wait until /control decides about them."`
	Currencies  []string `default:"USD" help:"The currencies of orders."`
	Scale       int      `default:"60" help:"Divides the 180 s between attempts of a webhook."`
	Direct      bool     `help:"Speak the direct dialect instead."`
	Major       bool     `help:"In the direct dialect, amounts are whole units of the currency."`
}

const directMerchant = "ID00001"

// Run serves the provider until ctx ends.
func (c *simulateRedotpay) Run(ctx context.Context, env Env) error {
	far := redotpay.Config{
		NotifyURL: c.NotifyURL, ManualRefunds: c.Manual, Control: true, TimeScale: max(c.Scale, 1),
	}
	for _, code := range c.Currencies {
		far.Currencies = append(far.Currencies, wallet.Currency(code))
	}
	settings, err := c.account(&far)
	if err != nil {
		return err
	}
	return c.serve(ctx, env, func(url string, log *slog.Logger) (provider, string, error) {
		far.PublicURL, far.Log = url, log
		p, err := redotpay.New(far)
		return p, strings.Replace(settings, "BASE", url, 1), err
	})
}

// account loads the keys of the account into far, and returns a till's settings for it.
func (c *simulateRedotpay) account(far *redotpay.Config) (settings string, err error) {
	if c.Direct {
		return c.directAccount(far)
	}
	var public, merchant string
	if far.Key, public, err = c.rsaKey("platform.pem"); err != nil {
		return "", err
	}
	if merchant, err = c.merchantKey(c.MerchantKey); err != nil {
		return "", err
	}
	far.AppKey, far.MerchantKeys = c.AppKey, map[int]string{1: merchant}
	if c.Methods {
		far.Methods = redotpay.DefaultMethods
	}
	return c.settings(public), nil
}

// settings returns a till's settings for the simulator at BASE.
func (c *simulateRedotpay) settings(public string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "    type: redotpay\n    baseUrl: BASE\n    appKey: %s\n", c.AppKey)
	if c.MerchantKey == "" {
		fmt.Fprintf(&b, "    privateKeyFile: %s\n", c.path(merchantKeyFile))
	}
	fmt.Fprintf(&b, "    platformKeys: [{version: 1, key: %s}]\n", public)
	if c.Methods {
		b.WriteString("    flow: openApi\n")
	}
	fmt.Fprintf(&b, "    currencies: [%s]\n", strings.Join(c.Currencies, ", "))
	b.WriteString("    codes: {ORDER_NOT_FOUND: notFound, PARAM_ERROR: refused, ORDER_STATUS_ERROR: refused}\n" +
		"    refund: {path: /openapi/v2/order/refund, detailPath: /openapi/v2/order/refund/detail, actionType: ACQUIRER_REFUND}\n")
	return b.String()
}

// directAccount is account for the direct dialect.
func (c *simulateRedotpay) directAccount(far *redotpay.Config) (string, error) {
	keyFile, key, err := c.secret("direct-merchant.key")
	if err != nil {
		return "", err
	}
	secretFile, secret, err := c.secret("direct-secret.key")
	if err != nil {
		return "", err
	}
	far.Direct = &redotpay.Direct{
		MerchantCode: directMerchant, MerchantKey: key, Secret: secret, Major: c.Major, CardWebhook: c.NotifyURL, PartCaptures: true,
	}
	unit := map[bool]string{false: "minor", true: "major"}[c.Major]
	return fmt.Sprintf("    type: redotpay_direct\n    baseUrl: BASE\n    merchantCode: %s\n    merchantKeyFile: %s\n    secretFile: %s\n"+
		"    amountUnit: %s\n    currencies: [%s]\n    findByReference: true\n    codes: {\"1001\": refused, \"1002\": notFound, \"1003\": refused, \"2001\": refused}\n",
		directMerchant, keyFile, secretFile, unit, strings.Join(c.Currencies, ", ")), nil
}
