package main

import (
	"context"
	"log"
	"net/http"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// sandboxWallet is a wallet that moves no money, and the server of its provider. A
// real wallet needs its account's settings and no server of ours.
func sandboxWallet(base string) (wallet.Wallet, http.Handler) {
	key := signing.NewSecret("shared by the till and its wallet")
	provider, err := simulator.New(simulator.Config{PublicURL: base, KeyID: "k1", Key: key})
	check(err)
	opened, err := sandbox.Config{BaseURL: base, KeyID: "k1", Key: key}.Open(wallet.Env{Name: "sandbox"})
	check(err)
	go func() { check(provider.Run(context.Background())) }()
	return opened, provider
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
