package miniprogram_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
)

var update = flag.Bool("update", false, "write the golden files")

// requestULID leads with a time, as the bridge's request ids do: 2026-01-02T02:15:00Z.
const requestULID = "01KDY7S750DNMPWTBMD5P6RBB7"

// request is a payment request with everything a payment can have.
func request(id string, currency wallet.Currency) wallet.PaymentRequest {
	amount := wallet.Money{Minor: 10000, Currency: currency}
	return wallet.PaymentRequest{
		RequestID: id, Order: "ord_01KDY7S750DNMPWTBMD5P6RBB7", Amount: amount, Description: "Café crème × 2",
		Items:   []wallet.Item{{SKU: "creme", Name: `Café "crème"`, Quantity: 2, Amount: amount}},
		Payer:   wallet.Payer{ID: "1000001119398804xxxx"},
		Channel: wallet.MiniProgram, ExpiresAt: time.Date(2026, 1, 2, 2, 45, 0, 0, time.UTC),
		ReturnURL: "https://shop.example/return?o=1&x=2", NotifyURL: "https://shop.example/notify/wallet",
	}
}

// kindsOfPay are the payments that a profile can make.
func kindsOfPay(row miniprogram.Profile, currency wallet.Currency) map[string]wallet.PaymentRequest {
	cashier := request(requestULID+"P1", currency)
	kinds := map[string]wallet.PaymentRequest{"cashier": cashier}
	if row.CanHold {
		hold := cashier
		hold.Hold = true
		kinds["hold"] = hold
	}
	if row.CanAgree {
		agreed := cashier
		agreed.Agreement = "281001130001"
		kinds["agreement"] = agreed
	}
	return kinds
}

func TestBodiesAreAsTheyWere(t *testing.T) {
	for name, row := range miniprogram.Table() {
		t.Run(name, func(t *testing.T) {
			c := settings(t, name, "https://wallet.example")
			c.MCC, c.CustomerBelongsTo, c.PaymentMethod = "5814", "SITE", ""
			w := openWallet(t, c, wallet.Env{Now: at(t, "2026-01-02T02:15:00Z")})
			currency := currencies(name)[0]
			bodies := map[string][]byte{}
			for kind, req := range kindsOfPay(row, currency) {
				bodies[kind] = w.EncodePay(req)
			}
			for call, body := range otherBodies(w, currency) {
				if call == "refund" || call == "capture" && row.CanHold || call == "prepare" && row.CanAgree {
					bodies[call] = body
				}
			}
			golden(t, filepath.Join("testdata", "bodies-"+name+".json"), bodies)
		})
	}
}

func otherBodies(w *miniprogram.Wallet, currency wallet.Currency) map[string][]byte {
	ref := wallet.Ref{RequestID: requestULID + "P1", PaymentID: "202601021015000001"}
	part := wallet.Money{Minor: 400, Currency: currency}
	return w.Bodies(
		wallet.CaptureRequest{RequestID: requestULID + "C1", Payment: ref, Amount: part},
		wallet.RefundRequest{RequestID: requestULID + "R1", Payment: ref, Amount: part, Reason: "Cold", NotifyURL: "https://shop.example/notify/wallet"},
		wallet.AgreementRequest{Reference: "AG1", Title: "Rides", Description: "Pay for rides", Limit: part, Language: "en-US", NotifyURL: "https://shop.example/notify/wallet"},
	)
}

// golden compares bodies with a file, or writes it. In the file each body is JSON text,
// as its bytes matter and not only what they say.
func golden(t *testing.T, path string, bodies map[string][]byte) {
	t.Helper()
	texts := map[string]string{}
	for name, body := range bodies {
		if !json.Valid(body) {
			t.Errorf("%s is not JSON: %s", name, body)
		}
		texts[name] = string(body)
	}
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(texts); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("%s:\n got %s\nwant %s", path, got.String(), want)
	}
}

func TestARepeatIsTheSameBytes(t *testing.T) {
	for _, name := range miniprogram.Profiles() {
		currency := currencies(name)[0]
		c := settings(t, name, "https://wallet.example")
		sooner := openWallet(t, c, wallet.Env{Now: at(t, "2026-01-02T02:15:00Z")})
		later := openWallet(t, c, wallet.Env{Now: at(t, "2026-01-09T10:15:00.5+08:00")})
		elsewhere := request(requestULID+"P1", currency)
		elsewhere.ExpiresAt = elsewhere.ExpiresAt.In(time.FixedZone("", 8*3600))
		first, second := sooner.EncodePay(request(requestULID+"P1", currency)), later.EncodePay(elsewhere)
		if !bytes.Equal(first, second) {
			t.Errorf("%s: a repeat differs:\n%s\n%s", name, first, second)
		}
	}
}

func TestWordsAreCutByCharactersAndNotByBytes(t *testing.T) {
	long := strings.Repeat("é", 300)
	if got := miniprogram.Cut(long, 256); got != strings.Repeat("é", 256) {
		t.Errorf("got %d bytes, want 512", len(got))
	}
	if got := miniprogram.Cut("é", 256); got != "é" {
		t.Errorf("got %q, want é", got)
	}
	w := openWallet(t, settings(t, "generic-v1", "https://wallet.example"), wallet.Env{})
	req := request(requestULID+"P1", "USD")
	req.Description = long
	if body := w.EncodePay(req); !json.Valid(body) || strings.Contains(string(body), strings.Repeat("é", 257)) {
		t.Errorf("got %s", body)
	}
}

func TestAmountsAreNumbersWhereTheWalletWantsNumbers(t *testing.T) {
	c := settings(t, "rebell", "https://wallet.example")
	c.Overrides.AmountAsNumber = new(true)
	body := openWallet(t, c, wallet.Env{}).EncodePay(request(requestULID+"P1", "EUR"))
	if !strings.Contains(string(body), `"paymentAmount":{"currency":"EUR","value":10000}`) {
		t.Errorf("got %s", body)
	}
}

func TestSeveralGoodsAreAListOrNone(t *testing.T) {
	for name, want := range map[string]bool{"ams": true, "generic-v2": false} {
		req := request(requestULID+"P1", "USD")
		req.Items = append(req.Items, wallet.Item{SKU: "x", Name: "X", Quantity: 3, Amount: wallet.Money{Minor: 100, Currency: "USD"}})
		body := string(openWallet(t, settings(t, name, "https://wallet.example"), wallet.Env{}).EncodePay(req))
		if got := strings.Contains(body, `"goods":[`); got != want || !want && strings.Contains(body, `"goods"`) {
			t.Errorf("%s: got %s", name, body)
		}
		if strings.Contains(body, `"33"`) {
			t.Errorf("%s: a price with a rest was divided: %s", name, body)
		}
	}
}
