package run

import (
	"context"
	"net/http"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/internal/app"
)

// Till is the till of a configuration file inside another program: the store, the wallets,
// the engine, the webhook dispatcher and the HTTP APIs, without a listener.
type Till struct{ till *app.Till }

// Open reads a configuration file as minitill serve does, and opens what it describes. The
// setting publicUrl is required: it is where the program's server is reached, with the
// path of the prefix under which Handler is mounted. The setting listen is ignored, and so
// are MINITILL_LISTEN, MINITILL_DATA and the limits of connections, which the program's
// server has itself.
//
// Open changes no global state, and starts nothing: that is Run. Handler may be served
// before Run is called. With SQLite, a data directory has one open Till at a time. The
// caller calls Close.
//
// Every mistake in the file is in the error, a line each with the path of the setting.
func Open(ctx context.Context, file string, options ...Option) (*Till, error) {
	t, err := app.Open(ctx, environment(options), file)
	if err != nil {
		return nil, err
	}
	return &Till{t}, nil
}

// Handler returns everything that the till serves: the client API, the merchant API,
// notifications, payers' pages, health checks and, with sandbox: true, the sandbox's
// provider. It works at the root and under http.StripPrefix; the page of the demo shop
// works at the root only.
//
// How many connections there are, and how long a request may take to arrive, is for the
// program's server to bound.
func (t *Till) Handler() http.Handler { return t.till.Handler() }

// Engine returns the engine, for orders and refunds by Go calls.
func (t *Till) Engine() *engine.Engine { return t.till.Engine() }

// Run runs reconciliation, the webhook dispatcher and the other background tasks until ctx
// ends, and returns its error. When ctx ends, held long polls and event streams are
// answered at once and /readyz answers 503, so that Shutdown of the program's server does
// not wait for them; the tasks finish what they do. Run is called once.
func (t *Till) Run(ctx context.Context) error { return t.till.Run(ctx) }

// Close closes the store and the other connections, and unlocks the data directory. Call it
// after Run has returned and the program's server has stopped. A second call does nothing.
func (t *Till) Close() error { return t.till.Close() }
