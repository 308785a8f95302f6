package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/minitill/minitill/bridge/console"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// A program that embeds the till mounts the console in its own server. Run executes the
// replays that operators start.
func ExampleNew() {
	purse, err := sandbox.Config{BaseURL: "http://127.0.0.1:1", KeyID: "k1", Key: signing.NewSecret("shared with the wallet's server")}.Open(wallet.Env{Name: "sandbox"})
	if err != nil {
		panic(err)
	}
	store := memstore.New()
	sealer, err := signing.NewSealer(signing.GenerateSealingKey()) // kept in a file by a real program
	if err != nil {
		panic(err)
	}
	till, err := engine.New(engine.Config{
		Store: store, PublicURL: "https://till.example", Wallets: map[string]wallet.Wallet{"sandbox": purse}, Sealer: sealer,
		Apps: []engine.App{{Name: "shop", Wallets: []string{"sandbox"}}},
	})
	if err != nil {
		panic(err)
	}
	operators := operator.New(operator.Config{Store: store, Sealer: sealer})
	_, invitation, err := operators.Create(context.Background(), operator.NewID(), "ann", []operator.Grant{{App: "shop", Role: operator.Admin}}, "the installer")
	if err != nil {
		panic(err)
	}
	_ = invitation // ann chooses a password with it, at PublicURL/console/join; without an operator the console is off
	pages := console.New(console.Config{
		Engine: till, Store: store, Operators: operators,
		Apps: []console.App{{Name: "shop", Title: "The shop"}}, PublicURL: "https://till.example",
	})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() { _ = pages.Run(ctx) }()

	mux := http.NewServeMux()
	mux.Handle(console.Path, pages)
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "https://till.example/console/", nil))
	fmt.Println(answer.Code, answer.Header().Get("Location"))
	// Output: 303 /console/sign-in?next=%2Fconsole%2F
}
