package run_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/minitill/minitill/bridge/run"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// A program that is the till, with a further kind of wallet.
func ExampleMain() {
	main := func() {
		os.Exit(run.Main(run.WithWallet("acme", func() wallet.Opener { return new(sandbox.Config) })))
	}
	_ = main
}

// The till of a configuration file inside a shop's own server, below /pay.
func ExampleOpen() {
	mux := http.NewServeMux()
	shop := httptest.NewServer(mux)
	dir, err := os.MkdirTemp("", "till")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "minitill.yaml") // minitill init writes one
	if err := os.WriteFile(file, []byte("sandbox: true\npublicUrl: "+shop.URL+"/pay\nlog: {level: error}\n"), 0o600); err != nil {
		panic(err)
	}

	till, err := run.Open(context.Background(), file)
	if err != nil {
		panic(err)
	}
	mux.Handle("/pay/", http.StripPrefix("/pay", till.Handler()))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- till.Run(ctx) }()

	resp, err := http.Get(shop.URL + "/pay/readyz")
	if err != nil {
		panic(err)
	}
	resp.Body.Close()
	fmt.Println(resp.Status)

	stop() // then the server, and the till last
	shop.Close()
	fmt.Println(errors.Is(<-ended, context.Canceled), till.Close())
	// Output:
	// 200 OK
	// true <nil>
}
