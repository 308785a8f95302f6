// Command embedded is a shop's own server with the till under /pay/, at its own prices.
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

func main() {
	shop := "http://" + append(os.Args, "127.0.0.1:8090")[1] // where the shop is reached
	purse, far := sandboxWallet(shop + "/sandbox")
	engine, err := bridge.New(bridge.Config{
		Store: memstore.New(), PublicURL: shop + "/pay", Pricer: bridge.PricerFunc(price), // sqlstore.Open keeps orders
		Wallets: map[string]wallet.Wallet{"sandbox": purse},
	})
	check(err)
	tokens, err := signing.NewTokens(signing.GenerateKeyring().Config(shop))
	check(err)
	go engine.Run(context.Background())
	http.Handle("/sandbox/", far)
	http.Handle("/pay/", http.StripPrefix("/pay", server.New(engine, server.Config{Tokens: tokens, PublicURL: shop + "/pay"})))
	log.Fatal(http.ListenAndServe(shop[len("http://"):], nil))
}

// price sells everything at 2.50 USD.
func price(_ context.Context, req bridge.PriceRequest) (bridge.Price, error) {
	amount, err := wallet.Money{Minor: 250, Currency: "USD"}.Times(req.Items[0].Quantity)
	return bridge.Price{Amount: amount, Description: req.Items[0].SKU}, err
}
