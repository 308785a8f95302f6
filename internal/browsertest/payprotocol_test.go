package browsertest

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minitill/minitill/internal/app"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/payprotocol/simulator"
)

// TestPayProtocol pays in tokens at a simulated provider with the real till, and lets its
// operator decide about refunds.
func TestPayProtocol(t *testing.T) {
	need(t)
	const secret = "a secret of the browser tests, long enough"
	server := httptest.NewUnstartedServer(nil)
	far := "http://" + server.Listener.Addr().String()
	provider, err := simulator.New(simulator.Config{
		PublicURL: far, APIKey: "F1R28pRQ", APISecret: signing.NewSecret(secret), Merchant: shop, Control: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = provider
	server.Start()
	t.Cleanup(server.Close)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- provider.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the provider stopped by itself: %v", err)
		}
	})
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	config := map[string]any{
		"listen": "127.0.0.1:0", "data": t.TempDir(), "apps": map[string]any{"shop": map[string]any{"title": shop, "wallets": []string{"tokens"}}},
		"wallets": map[string]any{"tokens": map[string]any{
			"type": "payprotocol", "baseUrl": far + "/api/mer", "pageUrl": far, "apiKey": "F1R28pRQ", "apiSecretFile": file, "chainId": 136,
			"contracts": []any{map[string]any{"chainId": 136, "kind": "tron", "factory": simulator.Factory, "initCodeHash": simulator.InitCodeHash}},
		}},
		"limits": map[string]any{"ordersPerMinute": 10_000}, "log": map[string]any{"level": "error"},
	}
	key := createKey(t, writeConfig(t, config), "shop")
	run(t, "payprotocol.mjs", "PROVIDER_URL="+far, "TILL_URL="+serveTill(t, config), "TILL_KEY="+key)
}

// createKey makes a key of the merchant API.
func createKey(t *testing.T, config, name string) string {
	t.Helper()
	var out bytes.Buffer
	env := app.Env{Args: []string{"keys", "create", "--config", config, "--app", name, "--scopes", "read,orders,refunds,admin"}, Out: &out, Err: t.Output()}
	if code := app.Main(t.Context(), env); code != 0 {
		t.Fatal("no key was made")
	}
	return strings.TrimSpace(out.String())
}
