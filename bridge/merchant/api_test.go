package merchant_test

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/signing"
)

func TestAnAPIWithoutItsSafeguardsIsRefused(t *testing.T) {
	tokens := newWorld(t).tokens
	for name, config := range map[string]merchant.Config{
		"no store":         {Tokens: tokens, Sealer: sealer{}, CheckEndpointURL: onlyHTTPS},
		"no tokens":        {Store: testStore{}, Sealer: sealer{}, CheckEndpointURL: onlyHTTPS},
		"no sealer":        {Store: testStore{}, Tokens: tokens, CheckEndpointURL: onlyHTTPS},
		"no look at a URL": {Store: testStore{}, Tokens: tokens, Sealer: sealer{}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it starts")
				}
			}()
			merchant.New(nil, config)
		})
	}
	merchant.New(nil, merchant.Config{Store: testStore{}, Tokens: new(signing.Tokens), Sealer: sealer{}, CheckEndpointURL: onlyHTTPS})
}

// TestAnUnavailableStoreIsReported: no route takes a store that does not answer for one that
// has nothing.
func TestAnUnavailableStoreIsReported(t *testing.T) {
	w := newWorld(t)
	own := w.belongings("shop")
	w.engine.down, w.ended.err = errUnavailable, errUnavailable
	for _, route := range w.router.Routes() {
		path := strings.TrimPrefix(route.Path, "/v1")
		kind, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if kind == "wallets" {
			continue // are known without a store
		}
		body := map[string]string{"POST /orders": tea, "POST /webhook-endpoints": hook, "PATCH /webhook-endpoints/:id": "{}",
			"POST /agreements": `{"title":"Coffee"}`, "POST /sessions/revoke": `{"all":true}`}[route.Method+" "+path]
		if body == "" {
			body = foreignBodies[route.Method+" "+strings.TrimPrefix(path, "/")]
		}
		a := w.call(route.Method, strings.NewReplacer(":id", own[kind], ":file", "orders.csv").Replace(path), body)
		if a.Refused(503, ""); t.Failed() {
			t.Fatalf("%s %s", route.Method, path)
		}
	}
	if len(w.engine.claims) > 0 {
		t.Errorf("a key was taken: %v", w.engine.claims)
	}
}
