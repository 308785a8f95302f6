package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// shop is a till as its merchant's backend sees it.
type shop struct {
	*running
	app, key string
	wallet   string
	currency string
	config   string              // the file
	provider *simulator.Provider // of a profile
}

// send sends a request to the merchant API. Equal requests have equal idempotency keys.
func (s *shop) send(method, path, body string, want int) map[string]any {
	s.Helper()
	return s.call(method, "/v1"+path, s.key, body, want)
}

func (s *shop) amount(minor int) string {
	return fmt.Sprintf(`{"currency":"%s","value":"%d"}`, s.currency, minor)
}

// startShops serves an app for the sandbox wallet and one for each profile, every one
// beside a provider of its own, and returns the backends of all.
func startShops(t *testing.T, change ...func(*simulator.Config)) map[string]*shop {
	t.Helper()
	profiles := map[string]string{"generic-v2": "USD", "superqi": "IQD"}
	shops := map[string]*shop{"sandbox": {currency: "USD"}}
	var apps, wallets strings.Builder
	for name, currency := range profiles {
		provider, settings := startMiniProgram(t, name, change...)
		shops[name] = &shop{currency: currency, provider: provider}
		fmt.Fprintf(&apps, "  %s: {wallets: [%s-pay]}\n", name, name)
		fmt.Fprintf(&wallets, "  %s-pay: %s\n", name, settings)
	}
	const sandboxKey = "u7Bn4HgJ2pLd9FoE"
	t.Setenv("TEA_KEY", sandboxKey)
	dir := inDirectory(t, map[string]string{"client.pem": pemFile(t, "client_private"), "minitill.yaml": fmt.Sprintf(`
apps:
  sandbox: {wallets: [sandbox-pay]}
%swallets:
  sandbox-pay: {type: sandbox, baseUrl: "%s", keyId: k1, key: "${TEA_KEY}"}
%sserver: {privateWebhooks: true}
`, &apps, startSimulator(t, sandboxKey), &wallets)})
	file := filepath.Join(dir, "minitill.yaml")
	for name, s := range shops {
		s.app, s.wallet, s.config = name, name+"-pay", file
		s.key = strings.TrimSpace(command(t, "keys", "create", "--config", file, "--app", name, "--scopes", "read,orders,refunds,approvals,admin"))
	}
	r := startWith(t, "--config", file)
	for _, s := range shops {
		s.running = r
	}
	return shops
}

// startMiniProgram runs a wallet's server of a profile, and returns it with our settings.
func startMiniProgram(t *testing.T, profile string, change ...func(*simulator.Config)) (*simulator.Provider, string) {
	t.Helper()
	var handler http.Handler
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(far.Close)
	config := simulator.Config{
		PublicURL: far.URL, Profile: profile, ClientID: "TEST_5X00000000000000",
		ClientKeys: map[int]string{1: pemFile(t, "client_public")}, Key: signing.NewSecret(pemFile(t, "wallet_private")),
	}
	for _, c := range change {
		c(&config)
	}
	provider, err := simulator.New(config)
	if err != nil {
		t.Fatal(err)
	}
	handler = provider
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = provider.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-ended })
	public, err := json.Marshal(pemFile(t, "wallet_public"))
	if err != nil {
		t.Fatal(err)
	}
	return provider, fmt.Sprintf(`{type: miniprogram, profile: %s, baseUrl: "%s", clientId: TEST_5X00000000000000, appId: "3333010071465913",
    privateKeyFile: client.pem, walletKeys: [{key: %s}]}`, profile, far.URL, public)
}

func pemFile(t *testing.T, name string) string {
	t.Helper()
	return testdata.Key(t, name+".pem")
}

// paid is an order that the merchant made and a client paid with its order token alone.
func (s *shop) paid(reference string) string {
	s.Helper()
	made := s.send("POST", "/orders", fmt.Sprintf(
		`{"amount":%s,"description":"Two teas","reference":"%s","payer":{"id":"c-77","wallet":"%s"},"metadata":{"table":"4"}}`, s.amount(10000), reference, s.wallet), 201)
	id, token := made["order"].(map[string]any)["id"].(string), made["orderToken"].(string)
	if made["action"] != nil || made["order"].(map[string]any)["status"] != "created" {
		s.Fatalf("an order without a wallet: %v", made)
	}
	opened := s.call("POST", "/miniapp/v1/orders/"+id+"/payments", token, `{}`, 201)
	s.decide(opened["action"].(map[string]any)["paymentUrl"].(string), "pay")
	s.awaitStatus(token, id, "paid")
	return id
}

// held is an order whose money the wallet holds.
func (s *shop) held(reference string) string {
	s.Helper()
	made := s.send("POST", "/orders", fmt.Sprintf(
		`{"amount":%s,"description":"A table","reference":"%s","wallet":"%s","payer":{"id":"c-77"},"capture":"manual"}`, s.amount(10000), reference, s.wallet), 201)
	id, token := made["order"].(map[string]any)["id"].(string), made["orderToken"].(string)
	s.decide(made["action"].(map[string]any)["paymentUrl"].(string), "pay")
	// Some dialects send no notification of held money: the client's result triggers a status query.
	answered := s.call("POST", "/miniapp/v1/orders/"+id+"/result", token, `{"resultCode":"9000"}`, 200)
	if got := answered["order"].(map[string]any)["status"]; got != "authorized" {
		s.Fatalf("the order is %v, want authorized", got)
	}
	return id
}

func (s *shop) money(v any, minor int) bool {
	return v.(map[string]any)["value"] == fmt.Sprint(minor) && v.(map[string]any)["currency"] == s.currency
}
