// Command minitill is the till behind a mini program: it prices orders, opens
// payments at wallets, and knows what became of them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/minitill/minitill/internal/app"
	sdkjs "github.com/minitill/minitill/sdk-js"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(app.Main(ctx, app.Env{Args: os.Args[1:], Out: os.Stdout, Err: os.Stderr, SDK: sdkjs.Files}))
}
