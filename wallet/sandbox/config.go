package sandbox

import (
	"cmp"
	"strings"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Config is one account at a sandbox provider.
type Config struct {
	// BaseURL is where the provider is served, such as http://127.0.0.1:8080/sandbox.
	BaseURL  string         `json:"baseUrl" validate:"required,http_url"`
	Insecure bool           `json:"insecure"` // whether BaseURL may be http beyond this machine
	KeyID    string         `json:"keyId" validate:"required,max=64"`
	Key      signing.Secret `json:"key" validate:"required"` // shared with the provider; at least 16 bytes
	// Lag is how long after a call the provider's queries may not show its effect yet; zero
	// means 30 s.
	Lag time.Duration `json:"lag" validate:"omitempty,min=1s,max=1h"`
}

// usualLag is longer than the simulator's queries lag by default.
const usualLag = 30 * time.Second

var _ wallet.Opener = Config{}

// Open returns the wallet. It calls nothing.
//
// Faults: Invalid, naming all settings that are wrong at once; an empty, short or placeholder
// key is one of them.
func (c Config) Open(env wallet.Env) (wallet.Wallet, error) {
	const op = "sandbox.Open"
	var mistakes wire.Mistakes
	base, usable := wire.ParseBase(c.BaseURL, c.Insecure)
	mistakes.Check(usable, "baseUrl", wire.BaseDetail)
	mistakes.Check(c.KeyID != "" && strings.Trim(c.KeyID, headerSafe) == "", "keyId", "must be letters, digits and - _ . only")
	key, err := signing.NewHMAC(c.KeyID, c.Key)
	mistakes.AddFault("key", err)
	mistakes.Check(c.Lag >= 0, "lag", "must not be negative")
	if err := mistakes.Fault(op, "The sandbox wallet is not configured."); err != nil {
		return nil, err
	}
	env = env.WithDefaults()
	return &Wallet{
		base: base, http: env.HTTP, now: env.Now, log: env.Log, lag: cmp.Or(c.Lag, usualLag),
		seal: seal{key: key, keyID: []string{c.KeyID}},
	}, nil
}

const headerSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
