package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTheOrdersCommandShowsEveryReason prints what a server answers about an order with two
// reasons, money that was taken back, and a reason that a person has cleared.
func TestTheOrdersCommandShowsEveryReason(t *testing.T) {
	t.Setenv("MINITILL_API_KEY", "mk_x")
	const order = `{"id":"ord_1","status":"paid","amount":{"currency":"USD","value":"300","decimal":"3.00"},
		"paid":{"currency":"USD","value":"300","decimal":"3.00"},"attention":["double_payment","foreign_refund"],
		"reversed":{"amount":{"currency":"USD","value":"100","decimal":"1.00"},"at":"2026-01-02T12:00:00Z"},
		"payments":[{"id":"pay_1-1","wallet":"sandbox","status":"paid","walletPaymentIds":["W1","W2"],
			"paid":{"currency":"USD","value":"300","decimal":"3.00"},"refundable":{"currency":"USD","value":"200","decimal":"2.00"}}]}`
	var requested []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requested = append(requested, r.URL.RequestURI())
		switch {
		case strings.HasSuffix(r.URL.Path, "/events"):
			fmt.Fprint(w, `{"events":[{"type":"order.attention","source":"query","at":"2026-01-02T12:00:00Z","data":{"attention":"late_payment"}},
				{"type":"attention.cleared","source":"merchant","at":"2026-01-02T13:00:00Z","data":{"cleared":{"attention":"late_payment","by":"ann","note":"delivered","outcome":"refunded"}}}]}`)
		case strings.HasSuffix(r.URL.Path, "/ord_1"):
			fmt.Fprint(w, order)
		default:
			fmt.Fprint(w, `{"orders":[`+order+`],"next":null}`)
		}
	}))
	defer server.Close()
	on := func(args ...string) string { return command(t, append(args, "--server", server.URL)...) }
	wantMatches(t, on("orders", "ord_1"), `taken back by the wallet: 1\.00 USD`, `needs attention: double_payment, foreign_refund`,
		`PAYMENT .*REFUNDABLE`, `pay_1-1 +sandbox +paid +3\.00 +2\.00 +W1, W2`,
		`order\.attention +query .*late_payment`, `attention\.cleared +merchant .*late_payment by ann: delivered \(refunded\)`)
	wantMatches(t, on("orders", "--wallet-payment-id", "W 2", "--attention", "any"), `ATTENTION`, `ord_1 .*double_payment, foreign_refund`)
	if last := requested[len(requested)-1]; last != "/v1/orders?attention=any&limit=25&walletPaymentId=W+2" {
		t.Errorf("requested %s", last)
	}
}

// TestAnOrderIsFoundByItsWalletsIDFromAShell uses a server on SQLite.
func TestAnOrderIsFoundByItsWalletsIDFromAShell(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	created := r.call("POST", "/miniapp/v1/orders", r.signIn(), twoCoffees, 201)["order"].(map[string]any)
	id := created["id"].(string)
	walletID := created["payments"].([]any)[0].(map[string]any)["walletPaymentId"].(string)
	find := func(id string) string {
		return command(t, "orders", "--wallet-payment-id", id, "--data", data, "--server", r.base)
	}
	wantMatches(t, find(walletID), id)
	if output := find(walletID + "x"); strings.Contains(output, id) {
		t.Errorf("by another id it is found too:\n%s", output)
	}
}

// TestADeskWorksBesideARunningServer lists the inbox of a server's own store on SQLite.
func TestADeskWorksBesideARunningServer(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	r.call("POST", "/miniapp/v1/orders", r.signIn(), twoCoffees, 201)
	wantMatches(t, command(t, "inbox", "--data", data), `NOTIFICATION +WALLET`)
	wantMatches(t, command(t, "restored", "--data", data), `never restored`)
	wantMatches(t, refused(t, 1, "resolve", "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", "--attention", "late_payment", "--note", "x", "--data", data), `not_found|no such`)
}
