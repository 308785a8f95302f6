package browsertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// bank is the sandbox's provider with an account at it.
type bank struct {
	t      *testing.T
	wallet wallet.Wallet
	public string
	made   int
}

// openBank serves the provider under /sandbox/ of mux, which server serves.
func openBank(t *testing.T, server *httptest.Server, mux *http.ServeMux) *bank {
	t.Helper()
	key := signing.NewSecret("a key of the browser tests, long enough")
	provider, err := simulator.New(simulator.Config{
		PublicURL: server.URL + "/sandbox", KeyID: "browsertest", Key: key, Merchant: shop, Later: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/sandbox/", provider)
	account, err := sandbox.Config{BaseURL: server.URL + "/sandbox", KeyID: "browsertest", Key: key}.Open(wallet.Env{Name: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	b := &bank{t: t, wallet: account, public: server.URL}
	mux.HandleFunc("GET /cashier/new", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"paymentUrl": b.payment("")})
	})
	return b
}

// payment opens a payment and returns its URL.
func (b *bank) payment(returnURL string) string {
	b.t.Helper()
	return b.paymentOf(usd(1230), returnURL)
}

func (b *bank) paymentOf(amount wallet.Money, returnURL string) string {
	b.t.Helper()
	b.made++
	p, err := b.wallet.CreatePayment(b.t.Context(), wallet.PaymentRequest{
		RequestID: fmt.Sprintf("BROWSERTEST%019d", b.made), Order: "ord_browsertest", Amount: amount,
		Description: "2 × Flat white, Almond croissant", Channel: wallet.H5,
		ExpiresAt: time.Now().Add(14*time.Minute + 30*time.Second), ReturnURL: returnURL,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return p.Action.PaymentURL
}

// decided is the URL of a payment whose payer has decided.
func (b *bank) decided(outcome string) string {
	b.t.Helper()
	target := b.payment("")
	answer, err := http.PostForm(target, url.Values{"outcome": {outcome}})
	if err != nil {
		b.t.Fatal(err)
	}
	_ = answer.Body.Close()
	return target
}

func (b *bank) exhibits() []exhibit {
	path := func(target string) string { return strings.TrimPrefix(target, b.public) }
	return []exhibit{
		{Name: "cashier-ready", Path: path(b.payment("")), Open: true, Reads: []string{shop, "$12.30", "Pay now", "Test", "No money moves"}},
		{Name: "cashier-paid", Path: path(b.decided("pay")), Reads: []string{"Payment complete", "$12.30"}},
		{Name: "cashier-declined", Path: path(b.decided("decline")), Reads: []string{"Payment declined", "Nothing was paid"}},
		{Name: "cashier-later", Path: path(b.decided("later")), Open: true, Reads: []string{"being processed"}},
		{Name: "cashier-unknown", Path: "/sandbox/cashier/sp_0000000099?token=unknown", Reads: []string{"does not work"}},
	}
}
