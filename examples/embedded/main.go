// Command embedded is a shop's own server with the till under /pay/, at its own prices.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

func main() {
	shop := "http://" + append(os.Args, "127.0.0.1:8090")[1] // where the shop is reached
	key := signing.NewSecret("shared by the till and its wallet")
	provider, err1 := simulator.New(simulator.Config{PublicURL: shop + "/sandbox", KeyID: "k1", Key: key}) // stands in for the wallet's server
	purse, err2 := sandbox.Config{BaseURL: shop + "/sandbox", KeyID: "k1", Key: key}.Open(wallet.Env{Name: "sandbox"})
	price := pricing.Func(func(_ context.Context, req pricing.Request) (pricing.Price, error) { // everything is 2.50 USD
		amount, err := wallet.Money{Minor: 250, Currency: "USD"}.Times(req.Items[0].Quantity)
		return pricing.Price{Amount: amount, Description: req.Items[0].SKU}, err
	})
	till, err3 := engine.New(engine.Config{Store: memstore.New(), PublicURL: shop + "/pay", Pricer: price, Wallets: map[string]wallet.Wallet{"sandbox": purse}})
	tokens, err4 := signing.NewTokens(signing.GenerateKeyring().Config(shop))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		log.Fatal(err)
	}
	go provider.Run(context.Background())
	go till.Run(context.Background())
	http.Handle("/sandbox/", provider)
	http.Handle("/pay/", http.StripPrefix("/pay", server.New(till, server.Config{Tokens: tokens, PublicURL: shop + "/pay"})))
	log.Fatal(http.ListenAndServe(shop[len("http://"):], nil))
}
