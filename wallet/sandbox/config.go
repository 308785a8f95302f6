package sandbox

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// Config is one account at a sandbox provider.
type Config struct {
	// BaseURL is where the provider is served, such as http://127.0.0.1:8080/sandbox.
	BaseURL string         `json:"baseUrl" validate:"required,http_url"`
	KeyID   string         `json:"keyId" validate:"required,max=64"`
	Key     signing.Secret `json:"key" validate:"required"` // shared with the provider; at least 16 bytes
	// Lag is how long after a call the provider's queries may still answer as if it had
	// not been made; zero means 30 s.
	Lag time.Duration `json:"lag" validate:"omitempty,min=1s,max=1h"`
}

// usualLag is more than the simulator's replica ever lags unless it is told to.
const usualLag = 30 * time.Second

var _ wallet.Opener = Config{}

// Open returns the wallet. Nothing is called.
//
// Faults: Invalid, naming all settings that are wrong at once; an empty, short or
// placeholder key is one of them.
func (c Config) Open(env wallet.Env) (wallet.Wallet, error) {
	const op = "sandbox.Open"
	var fields []fault.Field
	if !usableBase(c.BaseURL) {
		fields = append(fields, fault.Field{Name: "baseUrl", Detail: "must be an absolute http or https URL without credentials, query or fragment"})
	}
	if c.KeyID == "" || strings.Trim(c.KeyID, headerSafe) != "" {
		fields = append(fields, fault.Field{Name: "keyId", Detail: "must be letters, digits and - _ . only"})
	}
	key, err := signing.NewHMAC(c.KeyID, c.Key)
	if err != nil {
		fields = append(fields, fault.Field{Name: "key", Detail: fault.Of(err).Detail})
	}
	if c.Lag < 0 {
		fields = append(fields, fault.Field{Name: "lag", Detail: "must not be negative"})
	}
	if fields != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Op: op, Detail: "The sandbox wallet is not configured.", Fields: fields}
	}
	env = env.WithDefaults()
	return &Wallet{
		base: strings.TrimSuffix(c.BaseURL, "/"), http: env.HTTP, now: env.Now, log: env.Log, lag: cmp.Or(c.Lag, usualLag),
		seal: seal{key: key, keyID: []string{c.KeyID}},
	}, nil
}

const headerSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

func usableBase(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == ""
}
