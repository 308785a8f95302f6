package engine_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// An engine with one wallet and a catalog sells a tea. The wallet's notification is
// lost; a status query finds the money.
func ExampleNew() {
	ctx := context.Background()
	provider, purse := sandboxWallet()
	catalog, err := pricing.ReadCatalog(strings.NewReader(`{"currency": "JPY", "items": [{"sku": "tea", "name": "Tea", "price": "480"}]}`))
	if err != nil {
		panic(err)
	}

	eng, err := engine.New(engine.Config{
		Store:     memstore.New(), // sqlstore.Open keeps orders over a restart
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

// Run sends the status queries of due orders until its context ends. It runs beside the HTTP
// server, on every node.
func ExampleEngine_Run() {
	eng, _ := shop()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- eng.Run(ctx) }()

	stop() // the program ends
	fmt.Println(<-ended)
	// Output: <nil>
}

// RunOnce sends the status queries that are due, which a test calls instead of Run.
func ExampleEngine_RunOnce() {
	eng, _ := shop()
	orders, err := eng.RunOnce(context.Background())
	fmt.Println(orders, err)
	// Output: 0 <nil>
}

// A merchant refunds a part of an order. The key makes a repeat return the same refund.
func ExampleEngine_Refund() {
	ctx := context.Background()
	eng, provider := shop()
	order := buy(eng, provider, false)

	once := &engine.Once{
		Scope: "merchant", Key: "refund-1",
		Render: func(o bridge.Order, _ error) bridge.Answer { return bridge.Answer{Status: 200, Body: []byte(o.ID)} },
	}
	request := refund.Request{Amount: wallet.Money{Minor: 200, Currency: "JPY"}, Reason: "cold", Source: bridge.FromMerchant}
	for range 2 {
		outcome, err := eng.Refund(ctx, order.ID, request, once)
		if err != nil {
			panic(err)
		}
		order, err = eng.Order(ctx, order.ID)
		fmt.Println(order.Money(order.Refunded), outcome.Replayed, err)
	}
	// Output:
	// 200 JPY false <nil>
	// 200 JPY true <nil>
}

// An order with Hold authorizes only; Capture takes a part of the money, and the wallet
// releases the rest.
func ExampleEngine_Capture() {
	eng, provider := shop()
	order := buy(eng, provider, true)
	fmt.Println(order.Status)

	outcome, err := eng.Capture(context.Background(), order.ID, engine.CaptureRequest{
		Amount: wallet.Money{Minor: 300, Currency: "JPY"}, Source: bridge.FromMerchant,
	}, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(outcome.Subject.Status, outcome.Subject.Money(outcome.Subject.Paid))
	// Output:
	// authorized
	// paid 300 JPY
}

// A wallet takes back captured money, which raises a flag. An operator resolves it.
func ExampleEngine_Resolve() {
	ctx := context.Background()
	eng, provider := shop()
	order := buy(eng, provider, false)
	if err := provider.Reverse(order.LastPayment().RequestID); err != nil { // a chargeback, at the wallet
		panic(err)
	}
	order, err := eng.Refresh(ctx, order.ID)
	fmt.Println(order.Attention(), err)

	outcome, err := eng.Resolve(ctx, order.ID, resolution.Decision{
		Attention: bridge.PaymentReversed, Note: "The loss is booked.", By: "ann", Source: bridge.FromOperator,
	}, nil)
	fmt.Println(outcome.Subject.Attention(), err)
	// Output:
	// [payment_reversed] <nil>
	// [] <nil>
}

// A payer signs an agreement once, and the merchant charges it without the cashier.
func ExampleEngine_agreements() {
	ctx := context.Background()
	eng, provider := shop()
	outcome, err := eng.CreateAgreement(ctx, agreement.Request{Title: "Tea club", Limit: wallet.Money{Minor: 1000, Currency: "JPY"}}, nil)
	if err != nil {
		panic(err)
	}
	code, err := provider.SignAgreement(outcome.Subject.Action.URL, "alice") // the payer, at the wallet
	if err != nil {
		panic(err)
	}
	signed, err := eng.SignAgreement(ctx, "default", outcome.Subject.ID, code, nil)
	if err != nil {
		panic(err)
	}
	charged, err := eng.CreateOrder(ctx, engine.OrderRequest{
		Agreement: signed.Subject.ID, Price: &pricing.Price{Amount: wallet.Money{Minor: 480, Currency: "JPY"}, Description: "Tea"},
		Source: bridge.FromMerchant,
	}, nil)
	fmt.Println(signed.Subject.Status, charged.Subject.Status, err)
	// Output: active paid <nil>
}

// sandboxWallet starts a provider, which runs until the test binary ends, and opens its
// wallet.
func sandboxWallet() (*simulator.Provider, wallet.Wallet) {
	key := signing.NewSecret("shared with the wallet's server")
	far := httptest.NewUnstartedServer(nil)
	far.Start()
	provider, err := simulator.New(simulator.Config{PublicURL: far.URL, KeyID: "k1", Key: key})
	if err != nil {
		panic(err)
	}
	far.Config.Handler = provider
	purse, err := sandbox.Config{BaseURL: far.URL, KeyID: "k1", Key: key}.Open(wallet.Env{Name: "purse"})
	if err != nil {
		panic(err)
	}
	return provider, purse
}

// shop returns an engine with one wallet, and the provider of that wallet.
func shop() (*engine.Engine, *simulator.Provider) {
	provider, purse := sandboxWallet()
	sealer, err := signing.NewSealer(signing.GenerateSealingKey())
	if err != nil {
		panic(err)
	}
	eng, err := engine.New(engine.Config{
		Store: memstore.New(), Wallets: map[string]wallet.Wallet{"purse": purse}, PublicURL: "https://pay.example", Sealer: sealer,
	})
	if err != nil {
		panic(err)
	}
	return eng, provider
}

// buy returns an order of 480 JPY that its payer has paid, or with hold authorized.
func buy(eng *engine.Engine, provider *simulator.Provider, hold bool) bridge.Order {
	ctx := context.Background()
	outcome, err := eng.CreateOrder(ctx, engine.OrderRequest{
		Price: &pricing.Price{Amount: wallet.Money{Minor: 480, Currency: "JPY"}, Description: "Tea"},
		Hold:  &hold, Source: bridge.FromMerchant,
	}, nil)
	if err != nil {
		panic(err)
	}
	if err := provider.Settle(outcome.Subject.LastPayment().RequestID, "pay"); err != nil { // the payer, at the cashier
		panic(err)
	}
	order, err := eng.Refresh(ctx, outcome.Subject.ID)
	if err != nil {
		panic(err)
	}
	return order
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
