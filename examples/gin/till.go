package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// tillConfig has the settings that the shop chooses for its till.
type tillConfig struct {
	public  string // the shop's address
	data    string
	private bool // webhooks may go to the own network
	ship    engine.Handler
}

// till is the till of the shop: what it serves, and its background tasks.
type till struct {
	engine   *engine.Engine
	server   *server.Server
	provider *simulator.Provider
	store    *sqlite.Store
	loops    []func(context.Context) error
}

// openTill opens the store, which is to be closed, and builds the till over it.
func openTill(ctx context.Context, config tillConfig) (*till, error) {
	if err := os.MkdirAll(config.data, 0o700); err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, filepath.Join(config.data, "till.db"))
	if err != nil {
		return nil, err
	}
	t := &till{store: db}
	if err := t.build(ctx, config); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return t, nil
}

func (t *till) build(ctx context.Context, config tillConfig) error {
	keys, err := signing.OpenKeyring(filepath.Join(config.data, "keys.json"))
	if err != nil {
		return err
	}
	sealer, err := keys.Sealer()
	if err != nil {
		return err
	}
	settings := keys.Config("shop")
	settings.SessionTTL = 10 * time.Minute // a customer who signs out of the shop pays no longer than that
	tokens, err := signing.NewTokens(settings)
	if err != nil {
		return err
	}
	registrar := webhook.NewRegistrar(webhook.RegistrarConfig{Registry: t.store, Sealer: sealer, Private: config.private})
	webhooks, err := webhook.New(webhook.Config{Outbox: t.store, Endpoints: registrar.Endpoints, Health: registrar})
	if err != nil {
		return err
	}
	if err := t.addEngine(config, sealer, webhooks); err != nil {
		return err
	}
	api := merchant.New(t.engine, merchant.Config{
		Store: t.store, Tokens: tokens, Sealer: sealer, PublicURL: config.public + "/pay",
		CheckEndpointURL: func(url string) error { return webhook.CheckURL(url, config.private) },
	})
	t.server = server.New(t.engine, server.Config{Tokens: tokens, PublicURL: config.public + "/pay", Merchant: api, Payer: payer})
	t.loops = append(t.loops, t.provider.Run, t.engine.Run, webhooks.Run, api.Run)
	return t.writeKey(ctx, filepath.Join(config.data, "api.key"))
}

// addEngine opens the wallet and subscribes the shop to what is paid.
func (t *till) addEngine(config tillConfig, sealer *signing.Sealer, webhooks *webhook.Deliverer) (err error) {
	address, key := config.public+"/sandbox", signing.NewSecret("shared by the till and its wallet")
	if t.provider, err = simulator.New(simulator.Config{PublicURL: address, KeyID: "k1", Key: key}); err != nil {
		return err
	}
	purse, err := sandbox.Config{BaseURL: address, KeyID: "k1", Key: key}.Open(wallet.Env{Name: "sandbox"})
	if err != nil {
		return err
	}
	t.engine, err = engine.New(engine.Config{
		Store: t.store, Sealer: sealer, PublicURL: config.public + "/pay", Alarm: webhooks.Wake,
		Wallets: map[string]wallet.Wallet{"sandbox": purse},
		Apps:    []engine.App{{Name: "shop", Wallets: []string{"sandbox"}, Pricer: pricing.Func(price)}},
	})
	if err != nil {
		return err
	}
	return t.engine.Subscribe("ship", config.ship, bridge.OrderPaid)
}

// price is the shop's: everything is 2.50 USD.
func price(_ context.Context, req pricing.Request) (pricing.Price, error) {
	total := wallet.Money{Currency: "USD"}
	for _, item := range req.Items {
		total.Minor += 250 * item.Quantity
	}
	return pricing.Price{Amount: total, Description: req.Items[0].SKU}, nil
}

// writeKey makes the first API key of the back office, and writes it to a file.
func (t *till) writeKey(ctx context.Context, path string) error {
	known, err := t.store.APIKeys(ctx, "shop")
	if err != nil || len(known) > 0 {
		return err
	}
	text, digest := merchant.NewKey()
	key := store.APIKey{ID: "key_back_office", App: "shop", Name: "back office", Digest: digest, Scopes: store.Scopes, CreatedAt: time.Now().UTC()}
	if err := t.store.AddAPIKey(ctx, key); err != nil {
		return err
	}
	return signing.WriteSecretFile(path, []byte(text+"\n"))
}
