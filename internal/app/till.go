package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"

	"github.com/minitill/minitill/bridge/engine"
)

// Till is what a configuration file describes, without a listener: the HTTP server is that
// of another program.
type Till struct {
	node   *node
	unlock func() error
	closed sync.Once
}

// Open opens the till of a configuration file. The setting listen is ignored; publicUrl is
// required, since the program's server is not known here.
func Open(ctx context.Context, env Env, file string) (*Till, error) {
	c, err := env.embedded(file)
	if err != nil {
		return nil, err
	}
	log := env.Log
	if log == nil {
		log = c.Log.logger(env.Err)
	}
	c.warnLoudly(log)
	if warning := c.sandboxWarning(); warning != "" {
		log.Warn(warning)
	}
	unlock, err := c.lockToServe()
	if err != nil {
		return nil, err
	}
	n, err := newNode(ctx, options{data: string(c.Data), config: c, sdk: env.SDK, log: log}, c.reachedAt())
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	return &Till{node: n, unlock: unlock}, nil
}

// embedded reads the configuration of a till inside another program. Its listen is empty:
// the program may be reached by other machines, so the till takes itself for exposed.
func (env Env) embedded(file string) (*config, error) {
	if err := env.checkForeign(); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoConfig, err)
	}
	c, err := flags{Config: file, kinds: env.kinds()}.read(withoutBOM(text), os.LookupEnv)
	if err != nil {
		return nil, err
	}
	if c.PublicURL == "" {
		found := mistakes{file: file}
		found.add("publicUrl", "is required: it is where the server that has the till is reached")
		return nil, found.err()
	}
	c.Listen = ""
	return c, nil
}

// Handler returns everything that the till serves over HTTP.
func (t *Till) Handler() http.Handler { return t.node.handler }

// Engine returns the engine.
func (t *Till) Engine() *engine.Engine { return t.node.engine }

// Run runs the background tasks until ctx ends. Then it ends the held answers, and waits
// for the tasks.
func (t *Till) Run(ctx context.Context) error {
	stop := t.node.start(context.WithoutCancel(ctx))
	<-ctx.Done()
	t.node.endHeld()
	stop()
	return ctx.Err()
}

// Close closes the store and what else is open.
func (t *Till) Close() (err error) {
	t.closed.Do(func() { err = errors.Join(t.node.close(), t.unlock()) })
	return err
}
