package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// desk is an engine over the configured store, for commands of an operator. It works
// beside the nodes on the same store, and needs no API key.
type desk struct {
	engine  *engine.Engine
	store   database
	wallets []string // configured, in alphabetical order
	by      string   // the operator
	clock   func() time.Time
}

// withDesk opens the configured store and calls use with its desk. It does not create a
// store that does not exist.
func (f flags) withDesk(ctx context.Context, env Env, use func(*desk) error) error {
	return f.withThisStore(ctx, func(c *config, store database) error {
		d, err := newDesk(ctx, c, store, slog.New(slog.NewTextHandler(env.Err, &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: maskCards})))
		if err != nil {
			return err
		}
		return use(d)
	})
}

// withThisStore is withStore for a store that exists: opening a database file that does
// not exist would create it.
func (f flags) withThisStore(ctx context.Context, use func(*config, database) error) error {
	c, err := f.load()
	if err != nil {
		return err
	}
	if !c.shared() {
		if _, err := os.Stat(c.database()); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no store at %s; name the configuration with --config, or its directory with --data", c.database())
		}
	}
	return f.withStore(ctx, use)
}

// newDesk returns the desk of a configuration and its store.
func newDesk(ctx context.Context, c *config, store database, log *slog.Logger) (*desk, error) {
	n := &node{public: c.reachedAt(), data: string(c.Data), log: log}
	o := options{config: c}
	if c.Sandbox {
		key, err := loadSecret(filepath.Join(n.data, "sandbox.key"))
		if err != nil {
			return nil, err
		}
		o.provider = &sandbox.Config{BaseURL: n.public + "/sandbox", KeyID: sandboxKey, Key: key}
	}
	var err error
	if n.clock, err = clockOf(ctx, store, log); err != nil {
		return nil, err
	}
	m, err := n.merchants(o, store)
	if err != nil {
		return nil, err
	}
	engine, err := engine.New(engine.Config{Store: store, PublicURL: n.public, Log: log, Wallets: m.wallets, Apps: m.apps, Now: n.clock.Now})
	if err != nil {
		return nil, err
	}
	return &desk{engine: engine, store: store, wallets: slices.Sorted(maps.Keys(m.wallets)), by: person(), clock: n.clock.Now}, nil
}

// person returns the name of the operating-system user who runs the command.
func person() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "uid " + strconv.Itoa(os.Getuid())
}

// dismissal returns a dismissal by this operator, as of now.
func (d *desk) dismissal(note string) (store.Dismissal, error) {
	if strings.TrimSpace(note) == "" {
		return store.Dismissal{}, errors.New("--note is required")
	}
	if flaw := wallet.TextFlaw(note); flaw != "" {
		return store.Dismissal{}, errors.New("--note " + flaw)
	}
	return store.Dismissal{By: d.by, Note: note, At: d.now()}, nil
}

// now returns the time to the precision of the store: UTC, in milliseconds.
func (d *desk) now() time.Time { return d.clock().UTC().Truncate(time.Millisecond) }

// plain formats a fault for an operator, with the fields that it names.
func plain(err error) error {
	if err == nil {
		return nil
	}
	f := fault.Of(err)
	if f.Detail == "" && len(f.Fields) == 0 {
		return err
	}
	text := strings.TrimSuffix(f.Detail, ".")
	for _, field := range f.Fields {
		text += "\n  " + field.Name + ": " + field.Detail
	}
	return fmt.Errorf("%s (%s)", strings.TrimSpace(text), f.Kind)
}
