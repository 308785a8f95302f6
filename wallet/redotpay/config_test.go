package redotpay_test

import (
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
)

func TestTheSettingsThatAreWrongAreNamedTogether(t *testing.T) {
	_, err := redotpay.Config{
		Environment: "test", BaseURL: "acquirer.redotpay.example", AppKey: "a.b", PrivateKey: signing.NewSecret("nonsense"), KeyVersion: -1,
		PlatformKeys: []redotpay.PlatformKey{{Version: 1, Key: testdata.Key(t, "wallet_public.pem")}, {Version: 1, Key: "MIIBCg"}, {Key: testdata.Key(t, "wallet_public.pem")}},
		Flow:         "both", Currencies: []string{"USD", "XYZ"}, Codes: map[string]string{"A": "maybe", "SUCCESS": "refused"},
		SandboxWithoutSignatures: true, NotifyPast: -1, NotifyFuture: -1, Lag: -1,
		Refund: redotpay.RefundConfig{Path: "refund", ActionType: "ACQUIRER_PAY", Succeeded: "1"},
	}.Open(wallet.Env{})
	f := fault.Of(err)
	if f.Kind != fault.Invalid {
		t.Fatalf("got %v, want Invalid", err)
	}
	var names []string
	for _, field := range f.Fields {
		names = append(names, field.Name)
	}
	for _, want := range []string{
		"environment", "baseUrl", "appKey", "privateKey", "keyVersion", "platformKeys[1].key", "platformKeys[1].version", "platformKeys[2].version",
		"flow", "currencies", "codes", "sandboxWithoutSignatures", "notifyPast", "notifyFuture", "lag",
		"refund.path", "refund.detailPath", "refund.actionType", "refund.succeeded",
	} {
		if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+want+" ") {
			t.Errorf("%s is not named among %v", want, names)
		}
	}
	if strings.Contains(err.Error(), "nonsense") {
		t.Error("the fault holds the private key")
	}
}

func TestRefundsThatCouldBeMistakenForOtherCallsAreNotConfigured(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*redotpay.RefundConfig)
		wrong  string
	}{
		"requested at the path of queries":     {func(r *redotpay.RefundConfig) { r.DetailPath = r.Path }, "refund.detailPath"},
		"requested at the path of create":      {func(r *redotpay.RefundConfig) { r.Path = "/openapi/v2/order/create" }, "refund.path"},
		"queried at the path of close":         {func(r *redotpay.RefundConfig) { r.DetailPath = "/openapi/v2/order/close" }, "refund.detailPath"},
		"whose numbers have one name":          {func(r *redotpay.RefundConfig) { r.NumberName = "orderSn" }, "refund"},
		"whose amount is named like the order": {func(r *redotpay.RefundConfig) { r.OrderName = "refundAmount" }, "refund"},
	} {
		config := settings(t, "https://acquirer.redotpay.example")
		c.change(&config.Refund)
		_, err := config.Open(wallet.Env{})
		if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != c.wrong {
			t.Errorf("refunds %s: got %v, want %s named alone", name, err, c.wrong)
		}
	}
}

func TestAnEnvironmentHasItsHostAndKey(t *testing.T) {
	key := signing.NewSecret(testdata.Key(t, "client_private.pem"))
	for name, c := range map[string]struct {
		config redotpay.Config
		wrong  string // the setting that is missing
	}{
		"production by default":                 {redotpay.Config{AppKey: testAppKey, PrivateKey: key}, ""},
		"the sandbox":                           {redotpay.Config{Environment: "sandbox", AppKey: testAppKey, PrivateKey: key}, ""},
		"the sandbox without a private key":     {redotpay.Config{Environment: "sandbox", AppKey: testAppKey}, "privateKey"},
		"the sandbox without signatures":        {redotpay.Config{Environment: "sandbox", AppKey: testAppKey, SandboxWithoutSignatures: true}, ""},
		"production without signatures":         {redotpay.Config{AppKey: testAppKey, PrivateKey: key, SandboxWithoutSignatures: true}, "sandboxWithoutSignatures"},
		"gray, of which nothing is published":   {redotpay.Config{Environment: "gray", AppKey: testAppKey, PrivateKey: key}, "platformKeys"},
		"our own public key as the platform's":  {redotpay.Config{AppKey: testAppKey, PrivateKey: key, PlatformKeys: []redotpay.PlatformKey{{Version: 1, Key: testdata.Key(t, "client_public.pem")}}}, "platformKeys[0].key is our own public key"},
		"gray with its host and key configured": {redotpay.Config{Environment: "gray", BaseURL: "https://gray.example", AppKey: testAppKey, PrivateKey: key, PlatformKeys: []redotpay.PlatformKey{{Version: 3, Key: testdata.Key(t, "wallet_public.pem")}}}, ""},
	} {
		_, err := c.config.Open(wallet.Env{})
		if c.wrong == "" && err != nil || c.wrong != "" && !strings.Contains(fault.Of(err).Error(), c.wrong) {
			t.Errorf("%s: got %v, want %q named", name, err, c.wrong)
		}
	}
}

func TestRefundsAreACapabilityOnlyWhereTheyAreConfigured(t *testing.T) {
	c := settings(t, "https://acquirer.redotpay.example")
	with, err := c.Open(wallet.Env{})
	if err != nil {
		t.Fatal(err)
	}
	c.Refund = redotpay.RefundConfig{}
	without, err := c.Open(wallet.Env{})
	if err != nil {
		t.Fatal(err)
	}
	for w, want := range map[wallet.Wallet]bool{with: true, without: false} {
		_, refunds := w.(wallet.Refunder)
		_, queriesRefunds := w.(wallet.RefundQuerier)
		if refunds != want || queriesRefunds != want {
			t.Errorf("got a wallet that refunds: %v, and queries refunds: %v; want %v", refunds, queriesRefunds, want)
		}
	}
}

func TestTheLagIsAMinuteUnlessConfigured(t *testing.T) {
	if got := opened(t).Pace().Lag; got != time.Minute {
		t.Errorf("got %v, want a minute", got)
	}
	if got := opened(t, func(c *redotpay.Config) { c.Lag = 5 * time.Second }).Pace().Lag; got != 5*time.Second {
		t.Errorf("got %v, want what is configured", got)
	}
}
