package run

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/minitill/minitill/internal/app"
	"github.com/minitill/minitill/wallet"
)

// Option is a part that a program adds to the till.
type Option struct{ apply func(*app.Env) }

// WithWallet adds a kind of wallet. An account of it is configured as
//
//	wallets:
//	  NAME: {type: KIND, …}
//
// Each account has an Opener of its own, which opener returns: a pointer to a struct with
// the default settings. Its fields with json tags are the settings. They are read as
// strictly as those of the built-in kinds and checked by their validate tags, and mistakes
// are reported with their path; a field of type signing.Secret is read from a file or from
// the environment. minitill init writes an example of the kind.
//
// Two fields have a meaning by their name: BaseURL (a string), where the provider is
// called, which tells whether it is on this machine; and Insecure (a bool), of which a
// warning is logged at each start.
//
// A kind that is there already, and settings that are no pointer to a struct, are refused
// by Main and Open.
func WithWallet(kind string, opener func() wallet.Opener) Option {
	return Option{func(env *app.Env) { env.Wallets = append(env.Wallets, app.Wallet{Kind: kind, New: opener}) }}
}

// Simulator is a wallet provider's server that moves no money. It serves while Run runs,
// until ctx ends; Close is called last.
type Simulator interface {
	http.Handler
	Run(ctx context.Context) error
	Close() error
	// Settings returns the settings of an account at the simulator, as YAML without their
	// type, a line each. minitill simulate prints them.
	Settings() string
}

// Simulation is what a simulator is opened with.
type Simulation struct {
	URL  string // where it is reached, without a slash at the end
	Data string // the directory of its keys, which exists
	Log  *slog.Logger
}

// WithSimulator adds the command "minitill simulate KIND", which serves what open returns.
// The kind is one that WithWallet adds.
func WithSimulator(kind string, open func(Simulation) (Simulator, error)) Option {
	s := app.Simulator{Kind: kind}
	if open != nil {
		s.Open = func(s app.Simulation) (app.Provider, error) { return open(Simulation(s)) }
	}
	return Option{func(env *app.Env) { env.Simulators = append(env.Simulators, s) }}
}

// WithLog makes Open log to a logger of the program, instead of standard error as the
// configuration says. Main ignores it. Payment card numbers are masked in standard error
// alone: a logger of the program does that itself.
func WithLog(log *slog.Logger) Option {
	return Option{func(env *app.Env) { env.Log = log }}
}
