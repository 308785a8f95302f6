package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// The till inside a shop's own server, below /pay.
func ExampleNew() {
	shop := httptest.NewUnstartedServer(nil)
	bank := httptest.NewUnstartedServer(nil) // plays the wallet's server
	defer shop.Close()
	defer bank.Close()
	public := "http://" + shop.Listener.Addr().String() + "/pay"

	engine, closeStore := exampleEngine(public, bank)
	defer closeStore()
	ring := signing.GenerateKeyring() // kept in a file, for real
	tokens, err := signing.NewTokens(signing.TokensConfig{Issuer: public, Keys: ring.Keys, ReceiptKeys: ring.ReceiptKeys})
	if err != nil {
		panic(err)
	}

	mux := http.NewServeMux()
	mux.Handle("/pay/", http.StripPrefix("/pay", server.New(engine, server.Config{Tokens: tokens, PublicURL: public})))
	shop.Config.Handler = mux
	shop.Start()

	session := post(public+"/miniapp/v1/sessions", "", `{"wallet":"sandbox"}`)
	order := post(public+"/miniapp/v1/orders", session["token"].(string), `{"items":[{"sku":"tea","quantity":2}]}`)
	fmt.Println(order["order"].(map[string]any)["status"], order["order"].(map[string]any)["amount"])
	fmt.Println(order["action"].(map[string]any)["type"])
	// Output:
	// pending map[currency:USD decimal:6.00 value:600]
	// paymentUrl
}

// exampleEngine is an engine on SQLite with the sandbox wallet.
func exampleEngine(public string, bank *httptest.Server) (eng *engine.Engine, closeStore func()) {
	key := signing.NewSecret("a key for tests, 0123456789 long")
	bankURL := "http://" + bank.Listener.Addr().String()
	provider, err := simulator.New(simulator.Config{PublicURL: bankURL, KeyID: "k1", Key: key})
	if err != nil {
		panic(err)
	}
	bank.Config.Handler = provider
	bank.Start()
	till, err := sandbox.Config{BaseURL: bankURL, KeyID: "k1", Key: key}.Open(wallet.Env{Name: "sandbox", HTTP: bank.Client()})
	if err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "till")
	if err != nil {
		panic(err)
	}
	store, err := sqlite.Open(context.Background(), filepath.Join(dir, "till.db"))
	if err != nil {
		panic(err)
	}
	catalog, err := pricing.ReadCatalog(strings.NewReader(`{"currency":"USD","items":[{"sku":"tea","name":"Tea","price":"3"}]}`))
	if err != nil {
		panic(err)
	}
	eng, err = engine.New(engine.Config{
		Store: store, Wallets: map[string]wallet.Wallet{"sandbox": till}, Pricer: catalog, PublicURL: public,
	})
	if err != nil {
		panic(err)
	}
	return eng, func() { _, _ = store.Close(), os.RemoveAll(dir) }
}

func post(url, token, body string) map[string]any {
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "one")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	var v map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&v); err != nil {
		panic(err)
	}
	return v
}
