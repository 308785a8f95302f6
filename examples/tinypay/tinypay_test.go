package tinypay_test

import (
	"net/http/httptest"
	"testing"

	"github.com/minitill/minitill/examples/tinypay"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wallettest"
)

func TestConformance(t *testing.T)  { wallettest.Run(t, harness) }
func FuzzNotification(f *testing.F) { wallettest.Fuzz(f, harness) }

const testKey = "T7qd-Zk9p.uE3xVb2rYw8Lm" // #nosec: it opens nothing

// harness opens the wallet and a double of its provider.
func harness(tb testing.TB) *wallettest.Subject {
	provider := &double{
		key: testKey, url: "http://127.0.0.1/cashier/", notifyPath: "/notify/tinypay?a=b",
		records: map[string]*entry{}, sent: map[string][]wallet.Delivery{},
	}
	server := httptest.NewServer(provider)
	tb.Cleanup(server.Close)
	line, log := wallettest.NewLine(nil), new(wallettest.Log)
	config := tinypay.Config{BaseURL: server.URL + "/v1", Key: signing.NewSecret(testKey)}
	opened, err := config.Open(wallet.Env{Name: "tinypay", HTTP: line.Client(), Log: log.Logger()})
	if err != nil {
		tb.Fatal(err)
	}
	return &wallettest.Subject{
		Wallet: opened, Provider: provider, Line: line, Log: log, Secrets: []string{testKey},
		Signed:      wallettest.Signed{Method: true, Path: true, Headers: []string{"Tiny-Signature"}},
		UnknownKind: []byte(`{"kind":"voucher","id":"V1"}`),
	}
}
