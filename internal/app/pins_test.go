package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// vodapay runs a provider whose answers may be unsigned, and returns it with the directory of
// a till's configuration.
func vodapay(t *testing.T) (provider *simulator.Provider, dir string) {
	t.Helper()
	mux := http.NewServeMux()
	far := httptest.NewServer(mux)
	t.Cleanup(far.Close)
	provider, err := simulator.New(simulator.Config{
		PublicURL: far.URL, Profile: "vodapay", ClientID: "TEST", ClientKeys: map[int]string{1: testdata.Key(t, "client_public.pem")},
		Key: signing.NewSecret(testdata.Key(t, "wallet_private.pem")), AppID: "APP", AuthClientID: "AUTH",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = provider.Close() })
	mux.Handle("/", provider)
	return provider, inDirectory(t, map[string]string{
		"client.pem": testdata.Key(t, "client_private.pem"),
		"teas.json":  `{"currency":"ZAR","items":[{"sku":"tea","name":"Tea","price":"300"}]}`,
		"minitill.yaml": fmt.Sprintf(`
apps: {teas: {wallets: [voda], catalog: teas.json, guests: true}}
wallets:
  voda:
    {type: miniprogram, profile: vodapay, baseUrl: "%s", clientId: TEST, privateKeyFile: client.pem, appId: APP, authClientId: AUTH, walletKeys: [{key: %q}]}
`, far.URL, testdata.Key(t, "wallet_public.pem")),
	})
}

// order buys tea at the wallet, whose answers are signed or not, and requires a status.
func (r *running) order(provider *simulator.Provider, quantity int, fault simulator.Fault, want int) {
	r.Helper()
	provider.Clear()
	if fault != "" {
		provider.Inject(simulator.Rule{Fault: fault})
	}
	r.call("POST", "/miniapp/v1/orders", r.signInAt("voda"), fmt.Sprintf(`{"items":[{"sku":"tea","quantity":%d}]}`, quantity), want)
}

// TestAWalletThatHasSignedMustSignAfterARestart on a real store.
func TestAWalletThatHasSignedMustSignAfterARestart(t *testing.T) {
	provider, dir := vodapay(t)
	file := filepath.Join(dir, "minitill.yaml")
	r := startWith(t, "--config", file)
	r.order(provider, 1, simulator.UnsignedAnswer, http.StatusCreated)
	r.order(provider, 2, "", http.StatusCreated)
	r.end()
	r = startWith(t, "--config", file)
	r.order(provider, 3, simulator.UnsignedAnswer, http.StatusGatewayTimeout)
	r.order(provider, 4, "", http.StatusCreated)
}
