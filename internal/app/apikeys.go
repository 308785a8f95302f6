package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/store"
)

// keysCommand manages the API keys of merchants' backends. It works on the store, so that
// creating the first key needs no key.
type keysCommand struct {
	Create createKeyCommand `cmd:"" help:"Create an API key of an app, and print it once."`
	List   listKeysCommand  `cmd:"" help:"List the API keys."`
	Revoke revokeKeyCommand `cmd:"" help:"Revoke an API key, on every node at once."`
}

type createKeyCommand struct {
	flags
	App    string   `help:"The app; the only one, unless given."`
	Name   string   `help:"A description for operators." default:""`
	Scopes []string `help:"What it may do: read, orders, refunds, approvals (of refunds that others requested) and admin (webhook endpoints, sessions); only read, unless given."`
	Days   int      `placeholder:"N" help:"How many days it is valid; until it is revoked, unless given."`
	From   []string `placeholder:"NETWORK" help:"The addresses or networks it is accepted from, such as 192.0.2.7 or 192.0.2.0/24; from everywhere, unless given."`
}

// Run creates a key and prints nothing else to the output, so that it can be piped into a
// file.
func (c *createKeyCommand) Run(ctx context.Context, env Env) error {
	key, err := c.key()
	if err != nil {
		return err
	}
	return c.withStore(ctx, func(config *config, store database) error {
		if key.App, err = config.appNamed(c.App); err != nil {
			return err
		}
		text, err := newAPIKey(ctx, store, key)
		if err != nil {
			return err
		}
		if _, err = fmt.Fprintln(env.Out, text); err == nil {
			fmt.Fprintf(env.Err, "This is the key of app %q; it may %s. It is shown this once and kept nowhere.\n", key.App, joined(key.Scopes))
		}
		return err
	})
}

// key returns the key that the flags describe. Without scopes it may only read.
func (c *createKeyCommand) key() (k store.APIKey, err error) {
	k = store.APIKey{Name: c.Name, CreatedBy: person()}
	if c.Days < 0 || c.Days > mostKeyDays {
		return k, fmt.Errorf("--days must be 1 to %d", mostKeyDays)
	}
	if c.Days > 0 {
		k.ExpiresAt = time.Now().UTC().AddDate(0, 0, c.Days)
	}
	for _, s := range c.Scopes {
		scope := store.Scope(strings.TrimSpace(s))
		if !slices.Contains(store.Scopes, scope) {
			return k, fmt.Errorf("there is no scope %q: a key may read, orders, refunds, approvals, admin", s)
		}
		k.Scopes = append(k.Scopes, scope)
	}
	if len(k.Scopes) == 0 {
		k.Scopes = []store.Scope{store.ScopeRead}
	}
	k.Networks, err = parseNetworks(c.From)
	return k, err
}

// mostKeyDays is ten years: more is taken for a typing error.
const mostKeyDays = 3660

// parseNetworks parses addresses and networks. It refuses a network with host bits set,
// which is an address with too short a prefix.
func parseNetworks(texts []string) (list []netip.Prefix, err error) {
	for _, text := range texts {
		text = strings.TrimSpace(text)
		network, err := netip.ParsePrefix(text)
		if address, e := netip.ParseAddr(text); e == nil && address.Zone() == "" {
			network, err = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), nil
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("--from: %q is not an address or network", text)
		case network != network.Masked() || network.Addr().Is4In6():
			return nil, fmt.Errorf("--from: %q is not the first address of a network; is it %s?", text, network.Masked())
		case network.Bits() == 0:
			return nil, fmt.Errorf("--from: %q is every address; leave --from out for that", text)
		}
		list = append(list, network)
	}
	return list, nil
}

// newAPIKey creates a key and stores its digest.
func newAPIKey(ctx context.Context, store store.APIKeys, k store.APIKey) (string, error) {
	text, digest := merchant.NewKey()
	k.ID, k.Digest, k.CreatedAt = "key_"+ulid.Make().String(), digest, time.Now().UTC()
	return text, store.AddAPIKey(ctx, k)
}

type listKeysCommand struct {
	flags
	App string `help:"Only those of this app."`
}

// Run prints the keys, of which only the digests are known.
func (c *listKeysCommand) Run(ctx context.Context, env Env) error {
	return c.withStore(ctx, func(_ *config, store database) error {
		keys, err := store.APIKeys(ctx, c.App)
		if err != nil {
			return err
		}
		t := table(env.Out, "KEY", "APP", "SCOPES", "NAME", "CREATED", "REVOKED", "EXPIRES", "LAST USED", "FROM", "MADE BY", "REVOKED BY")
		for i := range keys {
			k := &keys[i]
			row(t, k.ID, k.App, strings.ReplaceAll(joined(k.Scopes), ", ", ","), k.Name, when(k.CreatedAt), orEmpty(k.RevokedAt),
				orNever(k.ExpiresAt), orNever(k.UsedAt), networks(k), k.CreatedBy, k.RevokedBy)
		}
		return t.Flush()
	})
}

func networks(k *store.APIKey) string {
	if len(k.Networks) == 0 {
		return "everywhere"
	}
	texts := make([]string, len(k.Networks))
	for i, n := range k.Networks {
		texts[i] = n.String()
	}
	return strings.Join(texts, ",")
}

func orNever(t time.Time) string { return cmp.Or(orEmpty(t), "never") }

func orEmpty(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return when(t)
}

type revokeKeyCommand struct {
	flags
	ID string `arg:"" help:"The key's id, as listed: key_…"`
}

// Run revokes a key.
func (c *revokeKeyCommand) Run(ctx context.Context, env Env) error {
	return c.withStore(ctx, func(_ *config, store database) error {
		if err := store.RevokeAPIKey(ctx, c.ID, person(), time.Now().UTC()); err != nil {
			return err
		}
		_, err := fmt.Fprintln(env.Out, c.ID, "is revoked.")
		return err
	})
}

// withStore opens the configured store for as long as f runs.
func (f flags) withStore(ctx context.Context, use func(*config, database) error) (err error) {
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

// appNamed returns the name of a configured app; an empty name means the only one.
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
