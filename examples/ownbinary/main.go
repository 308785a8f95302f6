// Command ownbinary is minitill with a further kind of wallet, acme.
package main

import (
	"os"

	"github.com/minitill/minitill/bridge/run"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

func main() {
	acme := func() wallet.Opener { return new(sandbox.Config) } // your own wallet's Config
	os.Exit(run.Main(run.WithWallet("acme", acme), run.WithSimulator("acme", simulate)))
}
