package browsertest

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minitill/minitill/internal/app"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/ottpay/simulator"
)

// TestOTTPay pays orders at the simulated checkout of OTT Pay with the real till: one is
// paid and refunded, one declined, one left to expire.
func TestOTTPay(t *testing.T) {
	need(t)
	till, key, provider := openOTTPay(t)
	run(t, "ottpay.mjs", "TILL_URL="+till, "TILL_KEY="+key, "OTTPAY_URL="+provider)
}

// openOTTPay starts the provider and the till, and returns their addresses and the
// merchant's key.
func openOTTPay(t *testing.T) (till, key, url string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	url = "http://" + server.Listener.Addr().String()
	const signKey = "5A17C0DE93B2E4F6"
	provider, err := simulator.New(simulator.Config{
		PublicURL: url, MerchantID: "ON00009999", ShopID: "ON00009999001", OperatorID: "0000009001", SignKey: signing.NewSecret(signKey),
		Currency: "CAD", Merchant: shop, Fee: 10, Control: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = provider
	server.Start()
	t.Cleanup(server.Close)
	runUntilTheEnd(t, provider)
	folder := t.TempDir()
	keyFile := filepath.Join(folder, "ottpay.key")
	if err := os.WriteFile(keyFile, []byte(signKey), 0o600); err != nil {
		t.Fatal(err)
	}
	config := map[string]any{
		"listen": "127.0.0.1:0", "data": folder, "apps": map[string]any{"shop": map[string]any{"wallets": []string{"ott"}}},
		"wallets": map[string]any{"ott": map[string]any{
			"type": "ottpay", "baseUrl": url + "/processV2", "merchantId": "ON00009999", "shopId": "ON00009999001", "operatorId": "0000009001",
			"signKeyFile": keyFile, "currency": "CAD",
		}},
		"log": map[string]any{"level": "error"},
	}
	return serveTill(t, config), merchantKey(t, config), url
}

// merchantKey makes a key of the merchant API.
func merchantKey(t *testing.T, config map[string]any) string {
	t.Helper()
	var out strings.Builder
	file := writeJSON(t, filepath.Join(t.TempDir(), "minitill.yaml"), config)
	if code := app.Main(t.Context(), app.Env{Args: []string{"keys", "create", "--config", file, "--app", "shop", "--scopes", "read,orders,refunds,admin"}, Out: &out, Err: t.Output()}); code != 0 {
		t.Fatal("the key could not be made")
	}
	return strings.TrimSpace(out.String())
}
