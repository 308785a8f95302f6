package merchant_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// The merchant API on a Gin router of one's own.
func ExampleAPI_Mount() {
	const public = "https://pay.example"
	db := memstore.New() // for real, one that survives a restart
	defer func() { _ = db.Close() }()
	purse, err := sandbox.Config{BaseURL: "https://wallet.example", KeyID: "k1", Key: signing.NewSecret("a key for tests, 0123456789 long")}.
		Open(wallet.Env{Name: "sandbox"})
	if err != nil {
		panic(err)
	}
	ring := signing.GenerateKeyring() // for real, kept in a file
	sealer, err := ring.Sealer()
	if err != nil {
		panic(err)
	}
	tokens, err := signing.NewTokens(ring.Config(public))
	if err != nil {
		panic(err)
	}
	engine, err := engine.New(engine.Config{
		Store: db, PublicURL: public, Sealer: sealer, Wallets: map[string]wallet.Wallet{"sandbox": purse},
		Apps: []engine.App{{Name: "shop", Wallets: []string{"sandbox"}}},
	})
	if err != nil {
		panic(err)
	}

	router := gin.New()
	api := merchant.New(engine, merchant.Config{
		Store: db, Tokens: tokens, Sealer: sealer, PublicURL: public,
		CheckEndpointURL: func(url string) error { return webhook.CheckURL(url, false) },
	})
	api.Mount(router.Group("/v1"))
	handler := problem.Identify(router)

	key, digest := merchant.NewKey() // the merchant keeps the key, the store its digest
	if err := db.AddAPIKey(context.Background(), store.APIKey{ID: "key_1", App: "shop", Digest: digest, Scopes: store.Scopes}); err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/v1/orders?status=paid", nil)
	r.Header.Set("Authorization", "Bearer "+key)
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output:
	// 200 {"orders":[],"next":null}
}
