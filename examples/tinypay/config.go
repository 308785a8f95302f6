package tinypay

import (
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Config is one account at Tiny Pay. Its JSON is the wallet's section of the configuration
// file.
type Config struct {
	BaseURL  string         `json:"baseUrl"`  // https://api.tinypay.example/v1
	Insecure bool           `json:"insecure"` // whether BaseURL may be http beyond this machine
	Key      signing.Secret `json:"key"`      // shared with the provider; at least 16 bytes
}

var _ wallet.Opener = Config{}

// Open returns the wallet. It calls nothing.
//
// Faults: Invalid, which names all settings that are wrong.
func (c Config) Open(env wallet.Env) (wallet.Wallet, error) {
	var mistakes wire.Mistakes
	base, ok := wire.ParseBase(c.BaseURL, c.Insecure)
	mistakes.Check(ok, "baseUrl", wire.BaseDetail)
	key, err := signing.NewHMAC("", c.Key)
	mistakes.AddFault("key", err)
	if err := mistakes.Fault("tinypay.Open", "The Tiny Pay wallet is not configured."); err != nil {
		return nil, err
	}
	env = env.WithDefaults()
	return &Wallet{base: base, http: env.HTTP, now: env.Now, key: key}, nil
}
