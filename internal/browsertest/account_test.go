package browsertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// What the simulated wallets and the till agree upon.
const (
	clientID     = "TEST_MERCHANT"
	appID        = "3333010000000001"
	authClientID = "2020010000000001"
	partnerID    = "P000000000000001"
)

// account is the shop's account at a simulated wallet: an app of the till with one
// thing to buy.
type account struct {
	Name     string `json:"name"` // of the app and of its wallet
	Profile  string `json:"profile"`
	Currency string `json:"currency"`
	Price    string `json:"price"`
	Hold     bool   `json:"hold"`
	URL      string `json:"url"` // of the simulated wallet

	provider *simulator.Provider
	beside   wallet.Authenticator
	mu       sync.Mutex
	calls    []payCall
}

// payCall is a request of a payment at the wallet.
type payCall struct {
	requestID string
	body      []byte
}

// open serves the wallet, whose pages the origin may show in a frame.
func (a *account) open(t *testing.T, origin string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	a.URL = "http://" + server.Listener.Addr().String()
	provider, err := simulator.New(simulator.Config{
		PublicURL: a.URL, Profile: a.Profile, ClientID: clientID, ClientKeys: map[int]string{1: testdata.Key(t, "client_public.pem")},
		Key:   signing.NewSecret(testdata.Key(t, "wallet_private.pem")),
		AppID: appID, AuthClientID: authClientID, PartnerID: partnerID,
		Merchant: shop, FrameAncestors: []string{origin}, Control: true, OnRequest: a.note,
		Later: time.Hour, // a script ends what is processing
	})
	if err != nil {
		t.Fatal(err)
	}
	a.provider = provider
	server.Config.Handler = provider
	server.Start()
	t.Cleanup(server.Close)
	a.openBeside(t)
	runUntilTheEnd(t, provider)
}

// runUntilTheEnd sends a wallet's notifications until the test ends.
func runUntilTheEnd(t *testing.T, provider interface{ Run(context.Context) error }) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- provider.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the wallet stopped by itself: %v", err)
		}
	})
}

func (a *account) note(r simulator.Request) {
	if r.Endpoint != "pay" {
		return
	}
	var call struct {
		PaymentRequestID string `json:"paymentRequestId"`
	}
	_ = json.Unmarshal(r.Body, &call) // the simulator judges what it was sent
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, payCall{call.PaymentRequestID, bytes.Clone(r.Body)})
}

// requests are the request ids under which payments of an order were created at the wallet, one
// for each call.
func (a *account) requests(order string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	ids := []string{}
	for _, call := range a.calls {
		if bytes.Contains(call.body, []byte(order)) {
			ids = append(ids, call.requestID)
		}
	}
	return ids
}

// customer is the wallet's id of a user, queried without the till.
func (a *account) customer(ctx context.Context, user string) (string, error) {
	payer, err := a.beside.ExchangeAuthCode(ctx, a.provider.AuthCode(user))
	return payer.ID, err
}

// openBeside opens the account a second time, to query the wallet without the till.
func (a *account) openBeside(t *testing.T) {
	t.Helper()
	beside, err := miniprogram.Config{
		Profile: a.Profile, BaseURL: a.URL, ClientID: clientID,
		PrivateKey: signing.NewSecret(testdata.Key(t, "client_private.pem")),
		WalletKeys: []miniprogram.WalletKey{{Key: testdata.Key(t, "wallet_public.pem")}},
		AppID:      appID, AuthClientID: authClientID, PartnerID: partnerID,
	}.Open(wallet.Env{Name: a.Name})
	if err != nil {
		t.Fatal(err)
	}
	a.beside = beside.(wallet.Authenticator)
}

// app is the account's app in the till's configuration. Its catalog goes to a folder.
func (a *account) app(t *testing.T, folder, origin string) map[string]any {
	t.Helper()
	catalog := map[string]any{"currency": a.Currency, "items": []any{
		map[string]any{"sku": "flat-white", "name": "Flat white", "price": a.Price},
	}}
	return map[string]any{
		"title": shop, "wallets": []string{a.Name}, "hold": a.Hold, "origins": []string{origin},
		"catalog": writeJSON(t, filepath.Join(folder, a.Name+".json"), catalog),
	}
}

// wallet is the account itself in the till's configuration.
func (a *account) wallet(t *testing.T) map[string]any {
	t.Helper()
	return map[string]any{
		"type": "miniprogram", "profile": a.Profile, "baseUrl": a.URL, "clientId": clientID, "privateKeyFile": testdata.Path(t, "keys/client_private.pem"),
		"walletKeys": []any{map[string]any{"key": testdata.Key(t, "wallet_public.pem")}},
		"appId":      appID, "authClientId": authClientID, "partnerId": partnerID,
	}
}
