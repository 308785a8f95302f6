package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// The events of an engine's orders, delivered to a merchant's backend.
func ExampleNew() {
	backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var event struct {
			Type string `json:"type"`
		}
		_ = json.NewDecoder(r.Body).Decode(&event) // for real, Verify comes first
		fmt.Println("the backend reads", event.Type)
	}))
	defer backend.Close()
	key, err := webhook.ParseKey(webhook.GenerateSecret()) // for real, both sides keep the secret
	if err != nil {
		panic(err)
	}
	store := memstore.New()
	defer func() { _ = store.Close() }()
	deliverer, err := webhook.New(webhook.Config{Outbox: store, Static: []webhook.Endpoint{
		{App: "shop", Name: "backend", URL: backend.URL, Keys: []webhook.Key{key}, Private: true}, // Private: a backend on this machine
	}})
	if err != nil {
		panic(err)
	}

	purse, err := sandbox.Config{BaseURL: "https://wallet.example", KeyID: "k1", Key: signing.NewSecret("a key for tests, 0123456789 long")}.
		Open(wallet.Env{Name: "sandbox"})
	if err != nil {
		panic(err)
	}
	eng, err := engine.New(engine.Config{
		Store: store, PublicURL: "https://pay.example", Wallets: map[string]wallet.Wallet{"sandbox": purse},
		Apps:  []engine.App{{Name: "shop", Wallets: []string{"sandbox"}, Endpoints: []string{"backend"}}},
		Alarm: deliverer.Wake, // go deliverer.Run(ctx) delivers without delay
	})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	order, err := eng.CreateOrder(ctx, engine.OrderRequest{
		App: "shop", Price: &pricing.Price{Amount: wallet.Money{Minor: 300, Currency: "USD"}, Description: "Tea"},
		Unpaid: true, Source: bridge.FromMerchant,
	}, nil)
	if err != nil {
		panic(err)
	}
	if _, err := eng.Cancel(ctx, order.Subject.ID, bridge.FromMerchant); err != nil {
		panic(err)
	}
	delivered, err := deliverer.RunOnce(ctx) // what Run does all the time
	fmt.Println(delivered, err)
	// Output:
	// the backend reads order.canceled
	// 1 <nil>
}
