package main

import (
	"os"

	"github.com/minitill/minitill/bridge/run"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// provider is acme's server for tests. Its key is in the environment of both sides.
type provider struct {
	*simulator.Provider
	url string
}

// Settings returns the settings of an account at the provider.
func (p provider) Settings() string {
	return "baseUrl: " + p.url + "\nkeyId: k1\nkey: ${ACME_KEY}\n"
}

func simulate(s run.Simulation) (run.Simulator, error) {
	key := signing.NewSecret(os.Getenv("ACME_KEY"))
	p, err := simulator.New(simulator.Config{PublicURL: s.URL, KeyID: "k1", Key: key, Merchant: "Acme", Control: true, Log: s.Log})
	return provider{p, s.URL}, err
}
