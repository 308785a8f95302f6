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

// TestAMerchantsOrderIsPaidWithItsTokenAndNotAfterItWasCanceled: the id alone opens nothing,
// the token does, and cancel is final.
func TestAMerchantsOrderIsPaidWithItsTokenAndNotAfterItWasCanceled(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	key, err := os.ReadFile(filepath.Join(data, apiKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	merchant, session := strings.TrimSpace(string(key)), r.signIn()
	made := func(what string) (id, token string) {
		body := r.call("POST", "/v1/orders", merchant, `{"amount":{"currency":"USD","value":"300"},"description":"`+what+`"}`, 201)
		return body["order"].(map[string]any)["id"].(string), body["orderToken"].(string)
	}
	id, token := made("Tea")
	r.call("POST", "/miniapp/v1/orders", session, `{"order":"`+id+`"}`, 403)
	r.call("GET", "/miniapp/v1/orders/"+id, session, "", 404)
	checkout := r.call("POST", "/miniapp/v1/orders", session, `{"order":"`+id+`","orderToken":"`+token+`"}`, 201)
	r.decide(checkout["action"].(map[string]any)["paymentUrl"].(string), "pay")
	r.awaitStatus(session, id, "paid") // the session's payer owns it now

	id, token = made("Coffee")
	r.call("POST", "/v1/orders/"+id+"/cancel", merchant, "", 200)
	r.call("POST", "/miniapp/v1/orders", session, `{"order":"`+id+`","orderToken":"`+token+`"}`, 410)
	r.call("POST", "/miniapp/v1/orders/"+id+"/payments", token, "", 410)
}
