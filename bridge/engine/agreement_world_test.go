package engine_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// pact is an engine beside a wallet whose payers can agree, with one clock for both.
type pact struct {
	*testing.T
	ctx      context.Context
	clock    *testclock.Clock
	currency wallet.Currency
	wallet   wallet.Wallet
	provider *simulator.Provider
	config   engine.Config
	engine   *engine.Engine
	store    *watchedStore
	sealer   *signing.Sealer

	mu      sync.Mutex
	calls   map[string]int // at the provider, by endpoint
	log     bytes.Buffer
	secrets []string // codes and tokens, none of which is ever logged
}

// watchedStore counts what is put into the inbox, and loses an update when a test requests it.
type watchedStore struct {
	storetest.Store
	kept  int
	loses int // which update of an agreement from now on, from 1, of those without a claim
}

func (s *watchedStore) KeepNotification(ctx context.Context, item store.InboxItem) error {
	s.kept++
	return s.Store.KeepNotification(ctx, item)
}

func (s *watchedStore) UpdateAgreement(ctx context.Context, id bridge.AgreementID, claim *bridge.Claim, change func(*agreement.Change) error) (agreement.Agreement, bridge.Claim, error) {
	if claim == nil && s.loses > 0 {
		if s.loses--; s.loses == 0 {
			return agreement.Agreement{}, bridge.Claim{}, fault.New(fault.Unavailable, "test", "The store is down.")
		}
	}
	return s.Store.UpdateAgreement(ctx, id, claim, change)
}

// dialects are the wallets of these tests, each with a currency of its own.
var dialects = map[string]wallet.Currency{"superqi": "IQD", "tng": "MYR"}

// inEachDialect runs a test at each of them.
func inEachDialect(t *testing.T, test func(p *pact)) {
	for profile := range dialects {
		t.Run(profile, func(t *testing.T) { test(newPact(t, profile, sqlitetest.Open(t))) })
	}
}

func pem(t *testing.T, name string) string {
	t.Helper()
	return testdata.Key(t, name+".pem")
}

func newPact(t *testing.T, profile string, store storetest.Store) *pact {
	t.Helper()
	p := &pact{
		T: t, ctx: t.Context(), clock: testclock.New(),
		currency: dialects[profile], store: &watchedStore{Store: store}, calls: map[string]int{},
	}
	if profile == "rebell" {
		p.currency = "EUR"
	}
	sealer, err := signing.NewSealer(signing.GenerateSealingKey())
	if err != nil {
		t.Fatal(err)
	}
	p.sealer = sealer
	till := httptest.NewServer(http.HandlerFunc(p.takeNotification))
	t.Cleanup(till.Close)
	p.openWallet(profile)
	t.Cleanup(p.wantNoSecretLogged)
	p.config = engine.Config{
		Store: p.store, Wallets: map[string]wallet.Wallet{"purse": p.wallet}, PublicURL: till.URL, Now: p.clock.Now,
		Sealer: sealer, Log: slog.New(slog.NewTextHandler(p, nil)), CallTimeout: 10 * time.Second, Apps: []engine.App{{Name: "shop", Wallets: []string{"purse"}}},
	}
	p.engine = p.node()
	return p
}

// openWallet starts a provider of a dialect, and the wallet that calls it.
func (p *pact) openWallet(profile string) {
	p.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	p.Cleanup(server.Close)
	const client, app, auth, partner = "TEST_5X00000000000000", "3333010071465913001", "AUTH_5X00000000000000", "P0000000000000000001"
	provider, err := simulator.New(simulator.Config{
		PublicURL: server.URL, Profile: profile, ClientID: client, ClientKeys: map[int]string{1: pem(p.T, "client_public")},
		Key: signing.NewSecret(pem(p.T, "wallet_private")), AppID: app, AuthClientID: auth, PartnerID: partner,
		Now: p.clock.Now, OnRequest: p.count,
	})
	if err != nil {
		p.Fatal(err)
	}
	p.provider, handler = provider, provider
	settings := miniprogram.Config{
		Profile: profile, BaseURL: server.URL, ClientID: client, PrivateKey: signing.NewSecret(pem(p.T, "client_private")),
		WalletKeys: []miniprogram.WalletKey{{Key: pem(p.T, "wallet_public")}}, AppID: app, AuthClientID: auth, PartnerID: partner,
	}
	if profile == "rebell" {
		settings.ProductCode, settings.AgreementProductCode = "51051000101000000011", "51051000101000100031"
	}
	if p.wallet, err = settings.Open(wallet.Env{Name: "purse", Now: p.clock.Now}); err != nil {
		p.Fatal(err)
	}
}

// Write is what the engine logs.
func (p *pact) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(line)
}

func (p *pact) wantNoSecretLogged() {
	for _, secret := range p.secrets {
		if bytes.Contains(p.log.Bytes(), []byte(secret)) {
			p.Errorf("the log has a code or a token:\n%s", p.log.Bytes())
		}
	}
}

// node is one more engine over the same store.
func (p *pact) node() *engine.Engine {
	p.Helper()
	engine, err := engine.New(p.config)
	if err != nil {
		p.Fatal(err)
	}
	return engine
}

func (p *pact) takeNotification(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	reply, err := p.engine.Notify(r.Context(), strings.TrimPrefix(r.URL.Path, "/notify/"), wallet.Delivery{
		Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header, Body: body, ReceivedAt: p.clock.Now(),
	})
	if err != nil && fault.KindOf(err) != fault.Unauthenticated {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	for name, values := range reply.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body)
}

func (p *pact) count(r simulator.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[r.Endpoint]++
}

// called is how often the provider took a call.
func (p *pact) called(endpoint string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[endpoint]
}

// agreementKey is a key whose answers name the status of the agreement.
func agreementKey(key, body string) *idempotency.Once[agreement.Agreement] {
	return &idempotency.Once[agreement.Agreement]{
		Scope: "shop", Key: key, Digest: sha256.Sum256([]byte(body)),
		Render: func(a agreement.Agreement, err error) bridge.Answer {
			if err != nil {
				return bridge.Answer{Status: 402, Body: []byte("refused: " + fault.Of(err).Code)}
			}
			return bridge.Answer{Status: 200, Body: []byte(string(a.ID) + " " + string(a.Status))}
		},
	}
}

func (p *pact) request() agreement.Request {
	return agreement.Request{
		App: "shop", Wallet: "purse", Title: "Rides", Description: "Pay for rides", Language: "en-US",
		Limit: wallet.Money{Minor: 5000, Currency: p.currency},
	}
}

// prepared is an agreement that waits for its payer.
func (p *pact) prepared() agreement.Agreement {
	p.Helper()
	outcome, err := p.engine.CreateAgreement(p.ctx, p.request(), nil)
	if err != nil {
		p.Fatal(err)
	}
	return outcome.Subject
}

// code is what the payer's client gets for agreeing.
func (p *pact) code(a agreement.Agreement) string {
	p.Helper()
	code, err := p.provider.SigningCode(a.Action.URL, "alice")
	if err != nil {
		p.Fatal(err)
	}
	p.secrets = append(p.secrets, code)
	return code
}

// signed is an agreement that can be charged.
func (p *pact) signed() agreement.Agreement {
	p.Helper()
	a := p.prepared()
	outcome, err := p.engine.SignAgreement(p.ctx, "shop", a.ID, p.code(a), nil)
	if err != nil || outcome.Subject.Status != agreement.Active {
		p.Fatalf("signing: got %s, %v, want active", outcome.Subject.Status, err)
	}
	return outcome.Subject
}

func (p *pact) agreement(id bridge.AgreementID) agreement.Agreement {
	p.Helper()
	a, err := p.store.Agreement(p.ctx, id)
	if err != nil {
		p.Fatal(err)
	}
	return a
}

// token is the agreement's token in clear, as only the engine has it.
func (p *pact) token(id bridge.AgreementID) string {
	p.Helper()
	plain, err := p.sealer.Open(p.agreement(id).Token, "agreement\x00"+string(id)+"\x00token")
	if err != nil {
		p.Fatal(err)
	}
	p.secrets = append(p.secrets, string(plain))
	return string(plain)
}

// ride requests money by an agreement.
func (p *pact) ride(a agreement.Agreement) engine.OrderRequest {
	return engine.OrderRequest{
		App: "shop", Agreement: a.ID, Source: bridge.FromMerchant,
		Price: &pricing.Price{Amount: wallet.Money{Minor: 3000, Currency: p.currency}, Description: "A ride"},
	}
}

func rideKey(key string) *idempotency.Once[bridge.Order] {
	return &idempotency.Once[bridge.Order]{
		Scope: "shop", Key: key, Digest: sha256.Sum256([]byte("a ride")),
		Render: func(o bridge.Order, err error) bridge.Answer {
			if err != nil {
				return bridge.Answer{Status: 402, Body: []byte("refused " + fault.Of(err).Code)}
			}
			return bridge.Answer{Status: 201, Body: []byte(string(o.ID) + " " + string(o.Status))}
		},
	}
}

// orders are all orders of the shop.
func (p *pact) orders() []bridge.Order {
	p.Helper()
	list, err := p.store.Orders(p.ctx, store.OrderQuery{App: "shop", Limit: 100})
	if err != nil {
		p.Fatal(err)
	}
	return list
}

// want checks the one order there is, and what the provider has on its books for it.
func (p *pact) want(status wallet.Status, captured int64) bridge.Order {
	p.Helper()
	list := p.orders()
	if len(list) != 1 {
		p.Fatalf("got %d orders, want 1", len(list))
	}
	o := list[0]
	if o.Status != status || o.Paid != captured && status == wallet.Paid {
		p.Errorf("order: got %s with %d paid, want %s with %d", o.Status, o.Paid, status, captured)
	}
	if got := p.provider.Books(o.Payments[0].RequestID).Captured.Minor; got != captured {
		p.Errorf("the provider captured %d, want %d", got, captured)
	}
	if len(o.Payments) != 1 || o.Action() != nil {
		p.Errorf("got %d payments and action %+v, want one and none", len(o.Payments), o.Action())
	}
	return o
}
