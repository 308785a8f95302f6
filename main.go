// Command minitill is the till behind a mini program: it prices orders, opens
// payments at wallets, and knows what became of them.
package main

import (
	"os"

	"github.com/minitill/minitill/bridge/run"
)

func main() { os.Exit(run.Main()) }
