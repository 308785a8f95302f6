package simulator_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

const appKey = "4CA7B705-8EF5-4AC3-A0B6-9A4B84EF13B6"

// start starts a provider at an address of its own; far has everything but that.
func start(t *testing.T, far simulator.Config) (*simulator.Provider, string) {
	t.Helper()
	var p *simulator.Provider
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	far.PublicURL = server.URL + "/far"
	p, err := simulator.New(far)
	if err != nil {
		t.Fatal(err)
	}
	return p, far.PublicURL
}

func connect(t *testing.T) simulator.Config {
	return simulator.Config{
		AppKey: appKey, MerchantKeys: map[int]string{1: testdata.Key(t, "client_public.pem")},
		Key: signing.NewSecret(testdata.Key(t, "wallet_private.pem")), ManualRefunds: true,
	}
}

func direct() simulator.Config {
	return simulator.Config{Direct: &simulator.Direct{
		MerchantCode: "ID00001", MerchantKey: signing.NewSecret("a-merchant-key"), Secret: signing.NewSecret("a-shared-secret"),
	}}
}

// The witness's client was written in another language, from the protocol's description
// alone and apart from the simulator and the adapter.
func TestTheSimulatorAgreesWithTheWitness(t *testing.T) {
	methods := connect(t)
	methods.Methods = simulator.DefaultMethods
	for name, c := range map[string]struct {
		far    simulator.Config
		client map[string]any
	}{
		"connect by links":   {connect(t), map[string]any{"dialect": "connect", "refunds": true}},
		"connect by methods": {methods, map[string]any{"dialect": "connect", "refunds": true, "methods": true}},
		"direct":             {direct(), map[string]any{"dialect": "direct", "merchantCode": "ID00001", "merchantKey": "a-merchant-key", "notifyUrl": "https://merchant.example/notify"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, url := start(t, c.far)
			c.client["appKey"], c.client["privateKeyFile"] = appKey, testdata.Path(t, "keys/client_private.pem")
			follow(t, p, url, c.client)
		})
	}
}

// follow runs the client, and lets the payer pay when it prompts.
func follow(t *testing.T, p *simulator.Provider, url string, config map[string]any) {
	t.Helper()
	wallettest.StartWitness(t, "../witness/client.mjs", config, url).Follow(func(line map[string]any) any {
		number, _ := line["settle"].(string)
		if number == "" {
			return nil
		}
		if err := p.Settle(number, "pay"); err != nil {
			t.Fatal(err)
		}
		return "settled"
	})
}
