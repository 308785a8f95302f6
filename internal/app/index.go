package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/bridge/console"
	"github.com/minitill/minitill/bridge/console/index"
	indexpg "github.com/minitill/minitill/bridge/console/index/postgres"
	indexlite "github.com/minitill/minitill/bridge/console/index/sqlite"
	"github.com/minitill/minitill/bridge/store/postgres"
)

// indexFile is the file of the console's index, beside the database unless it is configured.
func (c *config) indexFile() string {
	if c.Console.Index != "" {
		return string(c.Console.Index)
	}
	return strings.TrimSuffix(c.database(), ".db") + ".console.db"
}

// openIndex opens the tables of the index: a file, or tables of the PostgreSQL database.
func (c *config) openIndex(ctx context.Context) (index.Database, error) {
	if c.shared() {
		return indexpg.Open(ctx, string(c.Store.URL.Reveal()))
	}
	return indexlite.Open(ctx, c.indexFile())
}

// newIndex returns the index of the console. Its tables are opened when they are first used:
// while the console is off there are none.
func (n *node) newIndex(c *config, db database, m *merchants) *index.Index {
	settings := index.Config{Source: c.whole(db), Zones: c.zones(), Log: n.log, Now: n.clock.Now}
	for i := range m.apps {
		settings.Apps = append(settings.Apps, m.apps[i].Name)
	}
	if counted, ok := db.(interface{ Stats() postgres.Stats }); ok {
		settings.Changes = func() uint64 { return counted.Stats().Changes }
	}
	x := index.New(index.Lazily(c.openIndex), settings)
	n.closeLater(x.Close)
	return x
}

// zones are the time zones of the apps that have one.
func (c *config) zones() map[string]*time.Location {
	zones := map[string]*time.Location{}
	for name, app := range c.Apps {
		if app.TimeZone != "" {
			zones[name], _ = time.LoadLocation(app.TimeZone) // checked by its validate tag
		}
	}
	return zones
}

// onEvery is how often a node whose console is off queries whether there is an operator by now.
const onEvery = 10 * time.Second

// followIndex keeps the index up to date from when the console is on, beside the metrics of how
// far it is behind.
func (n *node) followIndex(pages *console.Console, x *index.Index) {
	var on atomic.Bool
	if n.metrics != nil {
		n.metrics.WatchIndex(func(ctx context.Context) (map[string]time.Duration, error) {
			if !on.Load() {
				return nil, nil
			}
			return indexLag(ctx, x)
		})
	}
	n.loops = append(n.loops, func(ctx context.Context) error {
		if err := n.untilOn(ctx, pages); err != nil {
			return err
		}
		on.Store(true)
		return x.Run(ctx)
	})
}

// untilOn waits until the console is on.
func (n *node) untilOn(ctx context.Context, pages *console.Console) error {
	tick := time.NewTicker(onEvery)
	defer tick.Stop()
	for {
		on, err := pages.On(ctx)
		switch {
		case on:
			return nil
		case err != nil && ctx.Err() == nil:
			n.log.Warn("the operators of the console cannot be read; its index waits", "fault", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// indexLag returns the age of the oldest event of each app that is not in the index.
func indexLag(ctx context.Context, x *index.Index) (map[string]time.Duration, error) {
	s, err := x.Status(ctx)
	lag := make(map[string]time.Duration, len(s.Apps))
	for _, a := range s.Apps {
		lag[a.App] = a.Behind
	}
	return lag, err
}

// indexCommand shows and rebuilds the console's index, which is derived from the store.
type indexCommand struct {
	Status  indexStatusCommand  `cmd:"" help:"Print how far the index is behind the store."`
	Rebuild indexRebuildCommand `cmd:"" help:"Throw the index away and build it from the store again. With SQLite no till may be serving meanwhile."`
}

type indexStatusCommand struct{ flags }

// Run prints a line for each app.
func (c *indexStatusCommand) Run(ctx context.Context, env Env) error {
	return c.withIndex(ctx, env, func(_ *config, x *index.Index) error { return printIndex(ctx, env.Out, x) })
}

func printIndex(ctx context.Context, out io.Writer, x *index.Index) error {
	s, err := x.Status(ctx)
	if err != nil {
		return plain(err)
	}
	t := table(out, "APP", "EVENTS", "LAST EVENT", "BEHIND", "STATE")
	for _, a := range s.Apps {
		state := "complete"
		if a.Building {
			state = "building"
		}
		if a.Skipped > 0 {
			state += fmt.Sprintf(", %d events skipped", a.Skipped)
		}
		row(t, a.App, fmt.Sprint(a.Events), orEmpty(a.At), a.Behind.Round(time.Millisecond).String(), state)
	}
	return t.Flush()
}

type indexRebuildCommand struct{ flags }

// Run builds the index again. Where a node follows the feed meanwhile, that node builds it.
func (c *indexRebuildCommand) Run(ctx context.Context, env Env) error {
	return c.withIndex(ctx, env, func(config *config, x *index.Index) (err error) {
		release, err := config.lockIndex()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, release()) }()
		if err := x.Rebuild(ctx); err != nil {
			return plain(err)
		}
		for more := true; more; {
			if more, err = x.RunOnce(ctx); err != nil {
				return plain(err)
			}
		}
		return printIndex(ctx, env.Out, x)
	})
}

// lockIndex keeps a till from serving while the file of the index is replaced.
func (c *config) lockIndex() (release func() error, err error) {
	if c.shared() {
		return func() error { return nil }, nil
	}
	return c.lockData()
}

// withIndex runs use with the index of a store that exists.
func (f flags) withIndex(ctx context.Context, env Env, use func(*config, *index.Index) error) error {
	return f.withThisStore(ctx, func(c *config, db database) error {
		if _, err := os.Stat(c.indexFile()); err != nil && !c.shared() {
			return fmt.Errorf("there is no index at %s yet: a till makes it once an operator exists", c.indexFile())
		}
		settings := index.Config{Source: c.whole(db), Apps: c.appNames(), Zones: c.zones(), Step: 1000, Log: c.Log.logger(env.Err)}
		x := index.New(index.Lazily(c.openIndex), settings)
		return errors.Join(use(c, x), x.Close())
	})
}
