package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/merchant"
)

// keysCommand keeps the keys that let merchants' backends in. It works on the store, so
// that the first key needs no key.
type keysCommand struct {
	Create createKeyCommand `cmd:"" help:"Make a key of an app, and print it once."`
	List   listKeysCommand  `cmd:"" help:"Say which keys there are."`
	Revoke revokeKeyCommand `cmd:"" help:"End a key, on every node at once."`
}

type createKeyCommand struct {
	flags
	App    string   `help:"The app; the only one, unless given."`
	Name   string   `help:"What it is for, for people." default:""`
	Scopes []string `help:"What it may do: read, orders, refunds and admin (webhook endpoints); everything, unless given."`
}

// Run makes a key. It goes to the output alone, so that it can be piped into a file.
func (c *createKeyCommand) Run(ctx context.Context, env Env) error {
	return c.withStore(ctx, func(config *config, store bridge.Store) error {
		app, err := config.appNamed(c.App)
		if err != nil {
			return err
		}
		text, err := newAPIKey(ctx, store, app, c.Name, c.Scopes)
		if err != nil {
			return err
		}
		if _, err = fmt.Fprintln(env.Out, text); err == nil {
			fmt.Fprintf(env.Err, "This is the key of app %q. It is shown this once and kept nowhere.\n", app)
		}
		return err
	})
}

// newAPIKey makes a key and stores its digest. Without scopes it may do everything.
func newAPIKey(ctx context.Context, store bridge.Registry, app, name string, scopes []string) (string, error) {
	text, digest := merchant.NewKey()
	k := bridge.APIKey{ID: "key_" + ulid.Make().String(), App: app, Name: name, Digest: digest, CreatedAt: time.Now().UTC()}
	for _, s := range scopes {
		scope := bridge.Scope(strings.TrimSpace(s))
		if !slices.Contains(bridge.Scopes, scope) {
			return "", fmt.Errorf("there is no scope %q: a key may read, orders, refunds, admin", s)
		}
		k.Scopes = append(k.Scopes, scope)
	}
	if len(k.Scopes) == 0 {
		k.Scopes = bridge.Scopes
	}
	return text, store.AddAPIKey(ctx, k)
}

type listKeysCommand struct {
	flags
	App string `help:"Only those of this app."`
}

// Run prints the keys, of which only the digests are known.
func (c *listKeysCommand) Run(ctx context.Context, env Env) error {
	return c.withStore(ctx, func(_ *config, store bridge.Store) error {
		keys, err := store.APIKeys(ctx, c.App)
		if err != nil {
			return err
		}
		t := table(env.Out, "KEY", "APP", "SCOPES", "NAME", "CREATED", "REVOKED")
		for _, k := range keys {
			revoked := ""
			if !k.RevokedAt.IsZero() {
				revoked = when(k.RevokedAt)
			}
			scopes := make([]string, len(k.Scopes))
			for i, s := range k.Scopes {
				scopes[i] = string(s)
			}
			row(t, k.ID, k.App, strings.Join(scopes, ","), k.Name, when(k.CreatedAt), revoked)
		}
		return t.Flush()
	})
}

type revokeKeyCommand struct {
	flags
	ID string `arg:"" help:"The key's id, as the list says: key_…"`
}

// Run ends a key.
func (c *revokeKeyCommand) Run(ctx context.Context, env Env) error {
	return c.withStore(ctx, func(_ *config, store bridge.Store) error {
		if err := store.RevokeAPIKey(ctx, c.ID, time.Now().UTC()); err != nil {
			return err
		}
		_, err := fmt.Fprintln(env.Out, c.ID, "is revoked.")
		return err
	})
}

// withStore opens the configured store for as long as f runs.
func (f flags) withStore(ctx context.Context, use func(*config, bridge.Store) error) (err error) {
	c, err := f.load()
	if err != nil {
		return err
	}
	store, err := c.openStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return use(c, store)
}

// appNamed is an app that is configured; an empty name is the only one.
func (c *config) appNamed(name string) (string, error) {
	apps := slices.Sorted(maps.Keys(c.Apps))
	if c.Sandbox {
		apps = append(apps, demoApp)
	}
	switch {
	case name == "" && len(apps) == 1:
		return apps[0], nil
	case slices.Contains(apps, name):
		return name, nil
	}
	return "", fmt.Errorf("name an app with --app: there are %s", strings.Join(apps, ", "))
}
