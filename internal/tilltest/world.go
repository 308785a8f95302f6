package tilltest

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/internal/contract"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// PublicURL is where a World is reached.
const PublicURL = "https://pay.example"

const bankURL = "https://bank.example"

// catalog is what the app shop sells.
const catalog = `{"currency": "USD", "items": [{"sku": "tea", "name": "Tea", "price": "3.00"}]}`

// World is a till in memory: the app shop sells tea, to guests too, and has the wallet
// sandbox.
type World struct {
	testing.TB
	Clock    *testclock.Clock
	Store    *memstore.Store
	Provider *simulator.Provider // the wallet's server
	Engine   *engine.Engine
	Tokens   *signing.Tokens
	Merchant *merchant.API
	Server   *server.Server
	Handler  http.Handler // Server; an answer that the API document does not have fails the test
	Key      string       // the Authorization of a merchant key of shop, with all scopes
}

// Option changes a World before it is made.
type Option func(*Config)

// Config is what a World is made of.
type Config struct {
	Engine   engine.Config
	Merchant merchant.Config
	Server   server.Config
	Provider simulator.Config
}

// New returns a world.
func New(t testing.TB, options ...Option) *World {
	t.Helper()
	gin.SetMode(gin.TestMode) // prints no routes
	w := &World{TB: t, Clock: testclock.New(), Store: memstore.New()}
	t.Cleanup(func() { _ = w.Store.Close() })
	ring := signing.GenerateKeyring()
	w.Tokens = Tokens(t, PublicURL, w.Clock.Now)
	sealer := must[*signing.Sealer](t)(ring.Sealer())
	net := network{}
	key := signing.NewSecret(rand.Text() + rand.Text())
	pricer := must[*pricing.Catalog](t)(pricing.ReadCatalog(strings.NewReader(catalog)))
	config := Config{
		Engine: engine.Config{
			Store: w.Store, PublicURL: PublicURL, Now: w.Clock.Now, Sealer: sealer,
			Apps: []engine.App{{Name: "shop", Wallets: []string{"sandbox"}, Guests: true, Pricer: pricer}},
		},
		Merchant: merchant.Config{
			Store: w.Store, Tokens: w.Tokens, Sealer: sealer, PublicURL: PublicURL, Now: w.Clock.Now,
			CheckEndpointURL: func(url string) error { return webhook.CheckURL(url, false) },
		},
		Server:   server.Config{Tokens: w.Tokens, PublicURL: PublicURL, Now: w.Clock.Now},
		Provider: simulator.Config{PublicURL: bankURL, KeyID: "k1", Key: key, Now: w.Clock.Now, HTTP: net.client()},
	}
	for _, o := range options {
		o(&config)
	}
	w.Provider = must[*simulator.Provider](t)(simulator.New(config.Provider))
	t.Cleanup(func() { _ = w.Provider.Close() })
	config.Engine.Wallets = map[string]wallet.Wallet{"sandbox": must[wallet.Wallet](t)(
		sandbox.Config{BaseURL: bankURL, KeyID: "k1", Key: key}.Open(wallet.Env{Name: "sandbox", Now: w.Clock.Now, HTTP: net.client()}))}
	w.Engine = must[*engine.Engine](t)(engine.New(config.Engine))
	w.Merchant = merchant.New(w.Engine, config.Merchant)
	config.Server.Merchant = w.Merchant
	w.Server = server.New(w.Engine, config.Server)
	w.Handler = contract.Handler(t, w.Server)
	net["bank.example"], net["pay.example"] = w.Provider, w.Server
	w.Key = w.NewKey("shop", store.Scopes...)
	return w
}

// must returns the value of a call, and fails the test for its error.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// NewKey returns the Authorization of a new merchant key.
func (w *World) NewKey(app string, scopes ...store.Scope) string {
	w.Helper()
	text, digest := merchant.NewKey()
	key := store.APIKey{ID: "key_" + rand.Text(), Name: "key of " + app, App: app, Digest: digest, Scopes: scopes, CreatedAt: w.Clock.Now()}
	if err := w.Store.AddAPIKey(w.Context(), key); err != nil {
		w.Fatal(err)
	}
	return "Bearer " + text
}

// Session returns the Authorization of a guest of shop, who signs in.
func (w *World) Session() string {
	w.Helper()
	return "Bearer " + w.Send("POST", "/miniapp/v1/sessions?app=shop", "").Want(201)["token"].(string)
}

// Send sends a request, with a fresh idempotency key unless the headers have one.
func (w *World) Send(method, path, body string, headers ...string) Answer {
	w.Helper()
	if method == http.MethodPost && !strings.Contains(strings.Join(headers, "\n"), "Idempotency-Key") {
		headers = append(headers, "Idempotency-Key", rand.Text())
	}
	a := Send(w, w.Handler, method, path, body, headers...)
	a.Base = PublicURL
	return a
}

// Order returns an order for one tea whose payment is open, and the payer's session.
func (w *World) Order() (bridge.Order, string) {
	w.Helper()
	session := w.Session()
	id := At(w.Send("POST", "/miniapp/v1/orders", `{"items":[{"sku":"tea","quantity":1}]}`, "Authorization", session).Want(201), "order", "id")
	return must[bridge.Order](w)(w.Engine.Order(w.Context(), bridge.OrderID(id.(string)))), session
}

// Pay lets the payer pay the last payment of an order at the wallet, and delivers the
// wallet's notification.
func (w *World) Pay(o bridge.Order) {
	w.Helper()
	if err := w.Provider.Settle(o.LastPayment().RequestID, "pay"); err != nil {
		w.Fatal(err)
	}
	w.Deliver()
}

// Deliver delivers the notifications of the wallet that are due.
func (w *World) Deliver() { w.Provider.RunOnce(w.Context()) }
