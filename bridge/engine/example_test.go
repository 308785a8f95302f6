package engine_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// An engine with one wallet and a catalog sells a tea. The wallet's notification is
// lost; asking the wallet finds the money.
func ExampleNew() {
	ctx := context.Background()
	key := signing.NewSecret("shared with the wallet's server")
	far := httptest.NewUnstartedServer(nil)
	far.Start()
	defer far.Close()
	provider, err := simulator.New(simulator.Config{PublicURL: far.URL, KeyID: "k1", Key: key})
	if err != nil {
		panic(err)
	}
	far.Config.Handler = provider
	purse, err := sandbox.Config{BaseURL: far.URL, KeyID: "k1", Key: key}.Open(wallet.Env{Name: "purse"})
	if err != nil {
		panic(err)
	}
	catalog, err := pricing.ReadCatalog(strings.NewReader(`{"currency": "JPY", "items": [{"sku": "tea", "name": "Tea", "price": "480"}]}`))
	if err != nil {
		panic(err)
	}

	eng, err := engine.New(engine.Config{
		Store:     memstore.New(), // sqlite.Open keeps orders over a restart
		Wallets:   map[string]wallet.Wallet{"purse": purse},
		Pricer:    catalog,
		PublicURL: "https://pay.example",
	})
	if err != nil {
		panic(err)
	}
	outcome, err := eng.CreateOrder(ctx, engine.OrderRequest{
		Items: []pricing.ItemRequest{{SKU: "tea", Quantity: 2}}, Channel: wallet.MiniProgram, Source: bridge.FromClient,
	}, nil)
	if err != nil {
		panic(err)
	}
	order := outcome.Subject
	fmt.Println(order.Amount, order.Status, order.Action().Type)

	if err := provider.Settle(order.LastPayment().RequestID, "pay"); err != nil { // the payer, at the cashier
		panic(err)
	}
	order, err = eng.Refresh(ctx, order.ID)
	fmt.Println(order.Status, err)
	// Output:
	// 960 JPY pending paymentUrl
	// paid <nil>
}

func ExampleConfig_pricer() {
	perHour := pricing.Func(func(_ context.Context, req pricing.Request) (pricing.Price, error) {
		amount, err := wallet.Money{Minor: 1200, Currency: "EUR"}.Times(req.Items[0].Quantity)
		return pricing.Price{Amount: amount, Description: "Bicycle"}, err
	})
	price, err := perHour.Price(context.Background(), pricing.Request{Items: []pricing.ItemRequest{{SKU: "hour", Quantity: 3}}})
	fmt.Println(price.Amount, err)
	// Output: 36.00 EUR <nil>
}

// The program ships what is paid. Run calls the handler; DeliverOnce does so in tests.
func ExampleEngine_Subscribe() {
	ctx := context.Background()
	eng, pay := exampleShop(ctx)
	ship := func(_ context.Context, e engine.Event) error {
		fmt.Println("shipping for", e.Order.Paid, "in attempt", e.Attempt)
		return nil
	}
	if err := eng.Subscribe("ship", ship, bridge.OrderPaid); err != nil {
		panic(err)
	}
	pay()
	fmt.Println(eng.DeliverOnce(ctx))
	// Output:
	// shipping for 10.00 USD in attempt 1
	// 1 <nil>
}

// exampleShop is an engine, and a payer who buys something there.
func exampleShop(ctx context.Context) (eng *engine.Engine, pay func()) {
	purse := &scripted{create: opens, query: saysAlways(wallet.Paid)}
	eng, err := engine.New(engine.Config{
		Store: memstore.New(), Wallets: map[string]wallet.Wallet{"purse": purse}, PublicURL: "https://pay.example",
	})
	if err != nil {
		panic(err)
	}
	return eng, func() {
		price := pricing.Price{Amount: wallet.Money{Minor: 1000, Currency: "USD"}, Description: "Tea"}
		outcome, err := eng.CreateOrder(ctx, engine.OrderRequest{Price: &price, Source: bridge.FromMerchant}, nil)
		if err != nil {
			panic(err)
		}
		if _, err := eng.Refresh(ctx, outcome.Subject.ID); err != nil {
			panic(err)
		}
	}
}
