package miniprogram_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-playground/validator/v10"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
)

func TestOpenReportsAllMistakesTogether(t *testing.T) {
	for profile, want := range map[string]string{
		"":           "profile baseUrl clientId overrides.separator privateKey walletKeys",
		"generic-v2": "baseUrl clientId appId privateKey walletKeys",
		"tng":        "baseUrl clientId partnerId privateKey walletKeys",
		"rebell":     "baseUrl clientId productCode privateKey walletKeys",
		"ams":        "baseUrl clientId privateKey walletKeys",
	} {
		_, err := miniprogram.Config{Profile: profile}.Open(wallet.Env{})
		f := fault.Of(err)
		var names []string
		for _, field := range f.Fields {
			names = append(names, field.Name)
		}
		if got := strings.Join(names, " "); f.Kind != fault.Invalid || got != want {
			t.Errorf("%q: got %v about %q, want invalid about %q", profile, err, got, want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*miniprogram.Config)
		field string
	}{
		"an address without a scheme":    {func(c *miniprogram.Config) { c.BaseURL = "wallet.example" }, "baseUrl"},
		"another scheme":                 {func(c *miniprogram.Config) { c.BaseURL = "ftp://wallet.example" }, "baseUrl"},
		"credentials in the address":     {func(c *miniprogram.Config) { c.BaseURL = "https://a:b@wallet.example" }, "baseUrl"},
		"a query in the address":         {func(c *miniprogram.Config) { c.BaseURL += "?x=1" }, "baseUrl"},
		"an escape in the address":       {func(c *miniprogram.Config) { c.BaseURL += "/a%20b" }, "baseUrl"},
		"a client id that ends the line": {func(c *miniprogram.Config) { c.ClientID = "a\r\nb" }, "clientId"},
		"a private key that is none":     {func(c *miniprogram.Config) { c.PrivateKey = signing.NewSecret("MIIEvQ") }, "privateKey"},
		"a public key as private key": {func(c *miniprogram.Config) {
			c.PrivateKey = signing.NewSecret(pem(t, "client_public"))
		}, "privateKey"},
		"a wallet key that is none":          {func(c *miniprogram.Config) { c.WalletKeys[0].Key = "x" }, "walletKeys[0].key"},
		"our own public key as the wallet's": {func(c *miniprogram.Config) { c.WalletKeys[0].Key = pem(t, "client_public") }, "walletKeys[0].key"},
		"two wallet keys of one version": {func(c *miniprogram.Config) {
			c.WalletKeys = append(c.WalletKeys, c.WalletKeys[0])
		}, "walletKeys[1].version"},
		"a prefix without its slash":          {func(c *miniprogram.Config) { c.Overrides.PathPrefix = new("api") }, "overrides.pathPrefix"},
		"a prefix with a slash too many":      {func(c *miniprogram.Config) { c.Overrides.PathPrefix = new("/api/") }, "overrides.pathPrefix"},
		"a separator that is no comma":        {func(c *miniprogram.Config) { c.Overrides.Separator = new(";") }, "overrides.separator"},
		"an unknown currency":                 {func(c *miniprogram.Config) { c.Currencies = []string{"USD", "XXX"} }, "currencies"},
		"a profile that is spelled wrongly":   {func(c *miniprogram.Config) { c.Profile = "GCash" }, "profile"},
		"a mini program without its id":       {func(c *miniprogram.Config) { c.AppID = "" }, "appId"},
		"a profile whose knob wants a parter": {func(c *miniprogram.Config) { c.Overrides.PartnerID, c.PartnerID = new(true), "" }, "partnerId"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := settings(t, "generic-v2", "https://wallet.example")
			c.spoil(&cfg)
			_, err := cfg.Open(wallet.Env{})
			f := fault.Of(err)
			if err == nil || len(f.Fields) == 0 || f.Fields[0].Name != c.field {
				t.Fatalf("got %v, want a mistake in %s", err, c.field)
			}
			for _, secret := range secrets(t) {
				if strings.Contains(err.Error(), secret) {
					t.Error("the error holds the key")
				}
			}
		})
	}
}

func TestKeysAreReadInAllFormsInWhichTheyAreHandedAround(t *testing.T) {
	bare := func(text string) string {
		lines := strings.Split(strings.TrimSpace(text), "\n")
		return strings.Join(lines[1:len(lines)-1], "")
	}
	c := settings(t, "generic-v2", "https://wallet.example")
	c.PrivateKey = signing.NewSecret(bare(pem(t, "client_private")))
	c.WalletKeys = []miniprogram.WalletKey{
		{Key: bare(pem(t, "wallet_public"))}, {Version: new(0), Key: pem(t, "wallet_public")}, {Version: new(2), Key: testdata.Key(t, "redotpay_test_public.b64")},
	}
	if _, err := c.Open(wallet.Env{}); err != nil {
		t.Errorf("got %v, want no error", err)
	}
}

func TestConfigReadsItsJSON(t *testing.T) {
	text, err := json.Marshal(map[string]any{
		"profile": "generic-v2", "baseUrl": "https://wallet.example", "clientId": testClient, "appId": testApp,
		"privateKey": pem(t, "client_private"), "keyVersion": 0,
		"walletKeys": []any{map[string]any{"version": 1, "key": pem(t, "wallet_public")}},
		"overrides":  map[string]any{"canHold": false, "pathPrefix": ""},
	})
	if err != nil {
		t.Fatal(err)
	}
	var c miniprogram.Config
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(wallet.Env{}); err != nil {
		t.Error(err)
	}
	printed := fmt.Sprintf("%+v", c)
	for _, secret := range secrets(t) {
		if strings.Contains(printed, secret) {
			t.Errorf("the printed config holds the key: %s", printed)
		}
	}
}

func TestTagsFindWhatOpenDoesNot(t *testing.T) {
	rules := validator.New()
	good := settings(t, "generic-v2", "https://wallet.example")
	good.Overrides.TimeTolerance = new(time.Minute)
	if err := rules.Struct(good); err != nil {
		t.Errorf("good settings: got %v, want no error", err)
	}
	for field, spoil := range map[string]func(*miniprogram.Config){
		"Encoding":      func(c *miniprogram.Config) { c.Overrides.Encoding = new(miniprogram.Encoding("hex")) },
		"TimeFormat":    func(c *miniprogram.Config) { c.Overrides.TimeFormat = new(miniprogram.TimeFormat("iso")) },
		"VerifyAnswer":  func(c *miniprogram.Config) { c.Overrides.VerifyAnswer = new(miniprogram.Policy("no")) },
		"TimeTolerance": func(c *miniprogram.Config) { c.Overrides.TimeTolerance = new(time.Duration(0)) },
		"Version":       func(c *miniprogram.Config) { c.Overrides.Version = new("v3") },
		"ExpiryMost":    func(c *miniprogram.Config) { c.ExpiryMost = time.Second },
		"PartnerID":     func(c *miniprogram.Config) { c.PartnerID = strings.Repeat("9", 33) },
	} {
		bad := good
		spoil(&bad)
		if err := rules.Struct(bad); err == nil || !strings.Contains(err.Error(), "'"+field+"'") {
			t.Errorf("%s: got %v, want a mistake there", field, err)
		}
	}
}
