package wallet

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/minitill/minitill/wallet/transport"
)

// MaxCalls is how many calls an engine makes to a wallet at once unless it is configured
// otherwise: as many as the client of Env.WithDefaults has connections for.
const MaxCalls = transport.MaxConns

// Opener is a wallet's configuration, ready to become a Wallet.
type Opener interface {
	// Open checks the settings and returns the wallet. It does not call the provider.
	//
	// Faults: Invalid, with all mistakes together.
	Open(env Env) (Wallet, error)
}

// Env is what every wallet is given. To add logging or retries, wrap HTTP's
// transport and never the Wallet, whose capabilities a wrapper would hide.
type Env struct {
	Name string // as configured; unique in a server
	HTTP *http.Client
	Now  func() time.Time
	Log  *slog.Logger
	Pins Pins // nil: what is learned about the provider ends with the process
}

// WithDefaults returns env with every zero field made useful.
func (env Env) WithDefaults() Env {
	if env.HTTP == nil {
		env.HTTP = transport.Client()
	}
	env.HTTP = transport.WithoutRedirects(env.HTTP)
	if env.Now == nil {
		env.Now = time.Now
	}
	if env.Log == nil {
		env.Log = slog.New(slog.DiscardHandler)
	}
	if env.Pins == nil {
		env.Pins = noPins{}
	}
	return env
}
