package merchant_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/internal/tilltest"
	"github.com/minitill/minitill/signing"
)

// The merchant API on a Gin router of one's own.
func ExampleAPI_Mount() {
	ring := signing.GenerateKeyring() // kept in a file, for real
	tokens, err := signing.NewTokens(signing.TokensConfig{Issuer: "https://pay.example", Keys: ring.Keys, ReceiptKeys: ring.ReceiptKeys})
	if err != nil {
		panic(err)
	}
	engine := newEngine(tilltest.NewClock()) // a *bridge.Engine, for real

	router := gin.New()
	api := merchant.New(engine, merchant.Config{Tokens: tokens, Sealer: sealer{}, CheckEndpointURL: onlyHTTPS, PublicURL: "https://pay.example"})
	api.Mount(router.Group("/v1"))
	handler := problem.Identify(router)

	key, digest := merchant.NewKey() // the merchant has the key, bridge.Registry the digest
	engine.keys[digest] = bridge.APIKey{ID: "key_1", App: "shop", Scopes: []bridge.Scope{bridge.ScopeRead}}

	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/v1/events", nil)
	r.Header.Set("Authorization", "Bearer "+key)
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output:
	// 200 {"events":[],"next":null}
}
