// Command embedded is a shop's own server with the till under /pay/: at its own prices, and shipping what is paid.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"os"
	"path/filepath"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

func main() {
	address, data := flag.String("listen", "127.0.0.1:8090", "where the shop is reached"), flag.String("data", "shop-data", "the folder of its orders and keys")
	flag.Parse()
	shop, ctx, key := "http://"+*address, context.Background(), signing.NewSecret("shared by the till and its wallet")
	provider := must(simulator.New(simulator.Config{PublicURL: shop + "/sandbox", KeyID: "k1", Key: key})) // stands in for the wallet's server
	purse := must(sandbox.Config{BaseURL: shop + "/sandbox", KeyID: "k1", Key: key}.Open(wallet.Env{Name: "sandbox"}))
	price := pricing.Func(func(_ context.Context, req pricing.Request) (pricing.Price, error) {
		total := wallet.Money{Currency: "USD"}
		for _, item := range req.Items { // everything is 2.50 USD
			total.Minor += 250 * item.Quantity
		}
		return pricing.Price{Amount: total, Description: req.Items[0].SKU}, nil
	})
	check(os.MkdirAll(*data, 0o700))
	keys := must(signing.OpenKeyring(filepath.Join(*data, "keys.json")))
	till := must(engine.New(engine.Config{
		Store: must(sqlite.Open(ctx, filepath.Join(*data, "till.db"))), Sealer: must(keys.Sealer()),
		PublicURL: shop + "/pay", Pricer: price, Wallets: map[string]wallet.Wallet{"sandbox": purse},
	}))
	check(till.Subscribe("ship", func(_ context.Context, e engine.Event) error { // comes again after an error or a crash
		log.Print("shipped ", e.Order.ID)
		return nil
	}, bridge.OrderPaid))
	go func() { check(provider.Run(ctx)) }()
	go func() { check(till.Run(ctx)) }()
	http.Handle("/sandbox/", provider)
	http.Handle("/pay/", http.StripPrefix("/pay", server.New(till, server.Config{Tokens: must(signing.NewTokens(keys.Config("shop"))), PublicURL: shop + "/pay"})))
	check(http.ListenAndServe(*address, nil))
}

func must[T any](v T, err error) T { check(err); return v }

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
