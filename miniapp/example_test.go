package miniapp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/miniapp"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// The client API on a Gin router of one's own.
func ExampleAPI_Mount() {
	const public = "https://pay.example"
	store := memstore.New() // for real, one that survives a restart
	defer func() { _ = store.Close() }()
	purse, err := sandbox.Config{BaseURL: "https://wallet.example", KeyID: "k1", Key: signing.NewSecret("a key for tests, 0123456789 long")}.
		Open(wallet.Env{Name: "sandbox"})
	if err != nil {
		panic(err)
	}
	prices, err := pricing.ReadCatalog(strings.NewReader(`{"currency":"USD","items":[{"sku":"tea","name":"Tea","price":"3.00"}]}`))
	if err != nil {
		panic(err)
	}
	engine, err := engine.New(engine.Config{
		Store: store, PublicURL: public, Wallets: map[string]wallet.Wallet{"sandbox": purse},
		Apps: []engine.App{{Name: "shop", Wallets: []string{"sandbox"}, Guests: true, Pricer: prices}},
	})
	if err != nil {
		panic(err)
	}
	tokens, err := signing.NewTokens(signing.GenerateKeyring().Config(public)) // for real, the keyring is kept in a file
	if err != nil {
		panic(err)
	}

	router := gin.New()
	api := miniapp.New(engine, miniapp.Config{Tokens: tokens, Origins: []string{"https://shop.example"}})
	api.Mount(router.Group("/miniapp/v1"))
	handler := problem.Identify(api.Wrap(router))

	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/miniapp/v1/catalog?app=shop", nil))
	fmt.Println(w.Code, w.Body)
	// Output:
	// 200 {"items":[{"sku":"tea","name":"Tea","amount":{"currency":"USD","value":"300","decimal":"3.00"}}]}
}
