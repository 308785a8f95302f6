package ottpay_test

import (
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay"
	"github.com/minitill/minitill/wallet/ottpay/simulator"
)

func TestOpenReportsAllMistakesTogether(t *testing.T) {
	for generation, want := range map[string]string{
		"":     "baseUrl merchantId currency signKey shopId operatorId",
		"web":  "baseUrl merchantId currency signKey shopId operatorId",
		"rest": "baseUrl merchantId currency signKey appId appKey method",
		"soap": "baseUrl merchantId currency signKey generation",
	} {
		_, err := ottpay.Config{Generation: generation}.Open(wallet.Env{})
		f := fault.Of(err)
		var names []string
		for _, field := range f.Fields {
			names = append(names, field.Name)
		}
		if got := strings.Join(names, " "); f.Kind != fault.Invalid || got != want {
			t.Errorf("%q: got %v about %q, want invalid about %q", generation, err, got, want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		generation string
		spoil      func(*ottpay.Config)
		field      string
	}{
		"an address with a query":            {"web", func(c *ottpay.Config) { c.BaseURL += "?x=1" }, "baseUrl"},
		"a short key":                        {"web", func(c *ottpay.Config) { c.SignKey = signing.NewSecret(" 1234567 ") }, "signKey"},
		"a currency of no account":           {"web", func(c *ottpay.Config) { c.Currency = "EUR" }, "currency"},
		"a method of the other generation":   {"web", func(c *ottpay.Config) { c.Method = "ALIPAY_WAP" }, "method"},
		"a method that is none":              {"rest", func(c *ottpay.Config) { c.Methods = []string{"NONE"} }, "methods"},
		"a mini program without an app":      {"web", func(c *ottpay.Config) { c.Methods = []string{"MINI_WECHATPAY"} }, "miniAppId"},
		"an in-app payment without a user":   {"rest", func(c *ottpay.Config) { c.InAppUserID = "" }, "inAppUserId"},
		"a zone with a name":                 {"web", func(c *ottpay.Config) { c.TxnTimeZone = "CST" }, "txnTimeZone"},
		"a version of an action that is not": {"web", func(c *ottpay.Config) { c.Versions = map[string]string{"PASSIVEPAY": "1.0"} }, "versions"},
		"another card query":                 {"web", func(c *ottpay.Config) { c.CardQuery = "REFUND" }, "cardQuery"},
		"an acknowledgement of no receiver":  {"web", func(c *ottpay.Config) { c.Acknowledge = "xml" }, "acknowledge"},
		"a code of a success":                {"web", func(c *ottpay.Config) { c.NotFoundCodes = []string{"success"} }, "notFoundCodes"},
		"a code of an open outcome":          {"web", func(c *ottpay.Config) { c.NotFoundCodes = []string{"Timeout"} }, "notFoundCodes"},
		"a code of wrong settings":           {"web", func(c *ottpay.Config) { c.NotFoundCodes = []string{"PWD_INCORRECT"} }, "notFoundCodes"},
		"no code":                            {"web", func(c *ottpay.Config) { c.NotFoundCodes = []string{" "} }, "notFoundCodes"},
		"a lag below nothing":                {"web", func(c *ottpay.Config) { c.Lag = -time.Second }, "lag"},
		"a least time above the most":        {"web", func(c *ottpay.Config) { c.DurationLeast = 48 * time.Hour }, "durationLeast"},
	} {
		settings := settings(c.generation, "https://ott.example/processV2")
		c.spoil(&settings)
		_, err := settings.Open(wallet.Env{})
		if f := fault.Of(err); f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != c.field {
			t.Errorf("%s: got %v with %v, want %s", name, err, f.Fields, c.field)
		}
	}
}

// A pasted key may have blanks around it; a letter of another case is another key.
func TestTheSignKeyIsTrimmedAndKeepsItsCase(t *testing.T) {
	for key, want := range map[string]bool{" " + testKey + "\n": true, strings.ToLower(testKey): false} {
		c := settings("web", "https://ott.example/processV2")
		c.SignKey = signing.NewSecret(key)
		w, err := c.Open(wallet.Env{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = w.(wallet.Notifier).ParseNotification(t.Context(), asJSON(t, published(t, "V6"))); (err == nil) != want {
			t.Errorf("%q: got %v, want it to open: %v", key, err, want)
		}
	}
}

func TestACheckoutIsOpenForTheTimeOfItsOrder(t *testing.T) {
	s := open(t, "web")
	p := s.create(t, newRequest(""))
	if !strings.HasPrefix(p.Action.URL, "http://") {
		t.Fatalf("the simulator's link is %s", p.Action.URL)
	}
	if wait := time.Until(p.ExpiresAt); wait < 14*time.Minute || wait > 15*time.Minute {
		t.Errorf("the checkout ends in %v, want the order's quarter of an hour", wait)
	}
}

func TestACheckoutsTimeHasBounds(t *testing.T) {
	s := open(t, "web", func(c *ottpay.Config, _ *simulator.Config) {
		c.DurationLeast, c.DurationMost = 10*time.Minute, time.Hour
	})
	for requested, want := range map[time.Duration]time.Duration{-time.Hour: 10 * time.Minute, 48 * time.Hour: time.Hour, 0: time.Hour} {
		req := newRequest("")
		if req.ExpiresAt = time.Now().Add(requested); requested == 0 {
			req.ExpiresAt = time.Time{}
		}
		began := time.Now()
		if got := s.create(t, req).ExpiresAt; got.Before(began.Add(want)) || got.After(time.Now().Add(want)) {
			t.Errorf("requested %v: it ends at %v, want after %v", requested, got, want)
		}
	}
}
