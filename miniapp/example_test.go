package miniapp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/internal/tilltest"
	"github.com/minitill/minitill/miniapp"
	"github.com/minitill/minitill/signing"
)

// The client API on a Gin router of one's own.
func ExampleAPI_Mount() {
	ring := signing.GenerateKeyring() // kept in a file, for real
	tokens, err := signing.NewTokens(signing.TokensConfig{Issuer: "https://pay.example", Keys: ring.Keys, ReceiptKeys: ring.ReceiptKeys})
	if err != nil {
		panic(err)
	}
	engine := newEngine(tilltest.NewClock()) // a *bridge.Engine, for real

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
