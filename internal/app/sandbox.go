package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/demo"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

const (
	sandboxWallet = "sandbox"
	demoApp       = "demo"
	sandboxKey    = "sandbox"
)

// sandboxed is the sandbox: a wallet that moves no money, its provider, and the app of the
// demo shop.
type sandboxed struct {
	wallet   wallet.Wallet
	provider *simulator.Provider // nil when it runs elsewhere
	pays     string              // the wallet that the demo shop pays at
	app      engine.App
}

func (n *node) addSandbox(o options) (*sandboxed, error) {
	catalog, err := pricing.ReadCatalog(bytes.NewReader(demo.Catalog))
	if err != nil {
		return nil, err
	}
	s := &sandboxed{app: engine.App{
		Name: demoApp, Title: demo.Title, Accent: demo.Accent, Wallets: []string{sandboxWallet}, Guests: true,
		Pricer: catalog, ReturnURL: n.public + "/demo/", Expiry: o.expiry,
	}, pays: cmp.Or(o.config.DemoWallet, sandboxWallet)}
	if s.pays != sandboxWallet {
		s.app.Wallets = []string{s.pays, sandboxWallet}
	}
	account := o.provider
	if account == nil {
		if account, err = n.startProvider(s, len(o.config.Apps) == 0 && !n.exposed); err != nil {
			return nil, err
		}
	}
	s.wallet, err = account.Open(wallet.Env{Name: sandboxWallet, HTTP: n.walletClient(sandboxWallet), Log: n.log})
	return s, err
}

// startProvider runs the provider in this process, and returns an account at it. anyCode
// accepts the auth codes of a mini program's developer tool, all as one user: it is for a
// server that other machines cannot reach.
func (n *node) startProvider(s *sandboxed, anyCode bool) (*sandbox.Config, error) {
	key, err := loadSecret(filepath.Join(n.data, "sandbox.key"))
	if err != nil {
		return nil, err
	}
	s.provider, err = simulator.New(simulator.Config{
		PublicURL: n.public + "/sandbox", KeyID: sandboxKey, Key: key, Merchant: s.app.Title,
		Journal: filepath.Join(n.data, "sandbox.journal"), Control: true, Allow: n.mayCommand, AnyCode: anyCode, Log: n.log,
	})
	if err != nil {
		return nil, err
	}
	n.closeLater(s.provider.Close)
	n.loops = append(n.loops, s.provider.Run)
	return &sandbox.Config{BaseURL: n.public + "/sandbox", KeyID: sandboxKey, Key: key}, nil
}

// mount serves the provider and the demo shop beside the till.
func (s *sandboxed) mount(mux *http.ServeMux, n *node, tokens *signing.Tokens) {
	if s.provider != nil {
		mux.Handle("/sandbox/", http.StripPrefix("/sandbox", s.provider)) // another server may strip more of the public URL's path
	}
	mux.Handle("/demo/", demo.Handler(demo.Config{
		PublicURL: n.public, App: demoApp, Wallet: s.pays, Guests: s.pays != sandboxWallet || n.exposed,
		Allow: func(_ context.Context, order, token string) bool {
			claims, err := tokens.ParseOrder(token)
			return err == nil && claims.Order == order
		},
		Missing: n.server, Events: n.demoEvents,
	}))
	mux.Handle("/{$}", http.RedirectHandler("/demo/", http.StatusFound))
}

// demoEvents returns an order's events for the panel of the demo shop, which polls them.
func (n *node) demoEvents(ctx context.Context, order string) ([]demo.Event, error) {
	if n.stops.Load() {
		return nil, fault.New(fault.Unavailable, "app.demoEvents", "The server is about to stop.")
	}
	history, err := n.engine.History(ctx, bridge.OrderID(order))
	if err != nil {
		return nil, err
	}
	events := history.Events
	shown := make([]demo.Event, len(events))
	for i := range events {
		v := view.NewEvent(&events[i])
		shown[i] = demo.Event{
			ID: v.ID, Order: string(v.Order), Sequence: v.Sequence, Type: string(v.Type), At: v.At, Source: string(v.Source),
		}
		if shown[i].Data, err = json.Marshal(events[i].Data); err != nil {
			return nil, err
		}
	}
	return shown, nil
}
