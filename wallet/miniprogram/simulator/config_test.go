package simulator_test

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

func TestMistakesOfAConfigurationAreReportedTogether(t *testing.T) {
	good := simulator.Config{
		PublicURL: publicURL, Profile: "tng", ClientID: clientID, ClientKeys: map[int]string{1: file(t, "client_public.pem")},
		Key: signing.NewSecret(file(t, "wallet_private.pem")),
	}
	for name, c := range map[string]struct {
		change func(*simulator.Config)
		want   []string
	}{
		"everything":                {func(c *simulator.Config) { *c = simulator.Config{TimeScale: -1} }, []string{"PublicURL", "profile", "ClientID", "TimeScale"}},
		"a slash at the end":        {func(c *simulator.Config) { c.PublicURL += "/" }, []string{"PublicURL"}},
		"a query":                   {func(c *simulator.Config) { c.PublicURL += "?a=b" }, []string{"PublicURL"}},
		"no key":                    {func(c *simulator.Config) { c.Key = signing.Secret{} }, []string{"the wallet's Key"}},
		"no client key":             {func(c *simulator.Config) { c.ClientKeys = nil }, []string{"the client's keys"}},
		"a client key that is none": {func(c *simulator.Config) { c.ClientKeys = map[int]string{3: "x"} }, []string{"the client's key 3"}},
	} {
		cfg := good
		c.change(&cfg)
		_, err := simulator.New(cfg)
		for _, text := range c.want {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: got %v, want %q in it", name, err, text)
			}
		}
	}
	armour := strings.NewReplacer("-----BEGIN PUBLIC KEY-----", "", "-----END PUBLIC KEY-----", "", "\n", "")
	good.ClientKeys[2] = armour.Replace(good.ClientKeys[1])
	if _, err := simulator.New(good); err != nil {
		t.Errorf("a key in bare Base64: %v", err)
	}
}
