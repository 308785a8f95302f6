package app

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minitill/minitill/signing"
)

// TestTheHostedPageOfAnOrder reads the page that a merchant would send to a payer, as
// one without scripts does: the amount, a code to scan, and the way to the wallet.
func TestTheHostedPageOfAnOrder(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	token := r.signIn()
	created := r.call("POST", "/miniapp/v1/orders", token, twoCoffees, 201)
	order := created["order"].(map[string]any)
	document, err := os.ReadFile(filepath.Join(data, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := signing.DecodeKeyring(document)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := signing.NewTokens(ring.Config(issuer))
	if err != nil {
		t.Fatal(err)
	}
	pay, _, err := tokens.IssuePay(signing.OrderClaims{App: demoApp, Order: order["id"].(string), Currency: "USD", Value: "900"})
	if err != nil {
		t.Fatal(err)
	}
	page := func() string {
		t.Helper()
		resp, err := http.Get(r.base + "/pay/" + pay)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("answered %d, %v", resp.StatusCode, err)
		}
		return string(body)
	}
	for _, want := range []string{"9.00", `<img src="data:image/svg`, "/sandbox/cashier/", "http-equiv"} {
		if got := page(); !strings.Contains(got, want) {
			t.Errorf("the page of an open order has no %s:\n%s", want, got)
		}
	}
	r.decide(created["action"].(map[string]any)["paymentUrl"].(string), "pay")
	r.awaitStatus(token, order["id"].(string), "paid")
	if got := page(); strings.Contains(got, "/sandbox/cashier/") || !strings.Contains(got, "Paid") {
		t.Errorf("the page of a paid order:\n%s", got)
	}
}
