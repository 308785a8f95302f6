package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

func TestOpenReportsAllMistakesTogether(t *testing.T) {
	_, err := sandbox.Config{}.Open(wallet.Env{})
	f := fault.Of(err)
	var names []string
	for _, field := range f.Fields {
		names = append(names, field.Name)
	}
	if got := strings.Join(names, " "); f.Kind != fault.Invalid || got != "baseUrl keyId key" {
		t.Errorf("got %v about %q, want invalid about baseUrl keyId key", err, got)
	}
}

func TestOpenRefuses(t *testing.T) {
	good := sandbox.Config{BaseURL: "https://wallet.example/sandbox", KeyID: testKeyID, Key: signing.NewSecret(testKey)}
	for name, c := range map[string]struct {
		spoil func(*sandbox.Config)
		field string
	}{
		"an address without a scheme":  {func(c *sandbox.Config) { c.BaseURL = "wallet.example" }, "baseUrl"},
		"another scheme":               {func(c *sandbox.Config) { c.BaseURL = "ftp://wallet.example" }, "baseUrl"},
		"credentials in the address":   {func(c *sandbox.Config) { c.BaseURL = "https://a:b@wallet.example" }, "baseUrl"},
		"a query in the address":       {func(c *sandbox.Config) { c.BaseURL += "?x=1" }, "baseUrl"},
		"a short key":                  {func(c *sandbox.Config) { c.Key = signing.NewSecret("q9Zw") }, "key"},
		"a placeholder key":            {func(c *sandbox.Config) { c.Key = signing.NewSecret("changemechangeme") }, "key"},
		"a key id that ends the line":  {func(c *sandbox.Config) { c.KeyID = "a\r\nb" }, "keyId"},
		"a key id that is not written": {func(c *sandbox.Config) { c.KeyID = "" }, "keyId"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			c.spoil(&cfg)
			_, err := cfg.Open(wallet.Env{})
			f := fault.Of(err)
			if err == nil || len(f.Fields) != 1 || f.Fields[0].Name != c.field {
				t.Fatalf("got %v, want a mistake in %s", err, c.field)
			}
			if key := string(cfg.Key.Reveal()); key != "" && strings.Contains(err.Error(), key) {
				t.Error("the error holds the key")
			}
		})
	}
	if _, err := good.Open(wallet.Env{}); err != nil {
		t.Errorf("a good config: got %v", err)
	}
}

func TestConfigReadsItsJSON(t *testing.T) {
	var c sandbox.Config
	text := `{"baseUrl":"https://wallet.example","keyId":"k","key":"` + testKey + `"}`
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(wallet.Env{}); err != nil {
		t.Error(err)
	}
	if printed := fmt.Sprintf("%+v", c); strings.Contains(printed, testKey) {
		t.Errorf("the printed config holds the key: %s", printed)
	}
}
