package redotpay_test

import (
	"testing"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
)

const testAppKey = "4CA7B705-8EF5-4AC3-A0B6-9A4B84EF13B6"

// settings are complete settings for a provider at baseURL that has refunds.
func settings(tb testing.TB, baseURL string) redotpay.Config {
	tb.Helper()
	return redotpay.Config{
		BaseURL: baseURL, AppKey: testAppKey, PrivateKey: signing.NewSecret(testdata.Key(tb, "client_private.pem")),
		PlatformKeys: []redotpay.PlatformKey{{Version: 1, Key: testdata.Key(tb, "wallet_public.pem")}},
		Codes:        map[string]string{"ORDER_NOT_FOUND": "notFound", "PARAM_ERROR": "refused", "ORDER_STATUS_ERROR": "refused", "SYSTEM_ERROR": "unknown"},
		Refund: redotpay.RefundConfig{
			Path: "/openapi/v2/order/refund", DetailPath: "/openapi/v2/order/refund/detail", ActionType: "ACQUIRER_REFUND",
		},
	}
}

// core is what is the same in a wallet with refunds and one without.
func core(w wallet.Wallet) *redotpay.Wallet {
	if refunding, ok := w.(redotpay.Refunding); ok {
		return refunding.Wallet
	}
	return w.(*redotpay.Wallet)
}

// opened is a wallet whose settings were changed, for tests without a call.
func opened(tb testing.TB, change ...func(*redotpay.Config)) *redotpay.Wallet {
	tb.Helper()
	c := settings(tb, "https://acquirer.redotpay.example")
	for _, f := range change {
		f(&c)
	}
	w, err := c.Open(wallet.Env{Name: "redotpay"})
	if err != nil {
		tb.Fatal(err)
	}
	return core(w)
}
