package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge/export"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// exportCommand writes what the store has as a table.
type exportCommand struct {
	flags
	Kind   string `arg:"" enum:"orders,refunds,fees,events" help:"orders (each with its refunds behind it), refunds, fees or events."`
	File   string `arg:"" default:"-" help:"The new file. It is there once it is whole, and never replaces another. - is standard output."`
	Format string `default:"csv" enum:"csv,jsonl" help:"csv, or jsonl for a JSON object a line."`
	App    string `placeholder:"NAME" help:"The app, where there are several."`
	Status string `help:"Only orders that are created, pending, authorized, paid, failed, canceled, expired or voided."`
	From   string `placeholder:"TIME" help:"Created at or after this time, such as 2026-01-02T15:04:05Z."`
	To     string `placeholder:"TIME" help:"Created before this time."`
	Zone   string `default:"UTC" placeholder:"ZONE" help:"The time zone of the times, such as Asia/Hong_Kong. Each has its offset."`
}

// Run writes the table, beside a server that serves.
func (c *exportCommand) Run(ctx context.Context, env Env) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	return c.withThisStore(ctx, func(config *config, store database) error {
		if q.App, err = config.onlyApp(c.App); err != nil {
			return err
		}
		q.Page = progress(env.Err, time.Now)
		n, err := c.write(ctx, env.Out, config.whole(store), store, q)
		if err != nil {
			return fmt.Errorf("the export is incomplete after %d rows: %w", n, plain(err))
		}
		_, err = fmt.Fprintf(env.Err, "%d rows\n", n)
		return err
	})
}

func (c *exportCommand) query() (q export.Query, err error) {
	q = export.Query{Kind: export.Kind(c.Kind), Format: export.Format(c.Format), Status: wallet.Status(c.Status), Now: time.Now()}
	if q.Zone, err = time.LoadLocation(c.Zone); err != nil {
		return q, fmt.Errorf("--zone: %w", err)
	}
	for text, at := range map[string]*time.Time{c.From: &q.From, c.To: &q.To} {
		if text == "" {
			continue
		}
		if *at, err = time.Parse(time.RFC3339, text); err != nil {
			return q, fmt.Errorf("%q is not a time such as 2026-01-02T15:04:05Z", text)
		}
	}
	return q, nil
}

// appNames are the names of the apps that are served.
func (c *config) appNames() []string {
	names := slices.Sorted(maps.Keys(c.Apps))
	if c.Sandbox {
		names = append(names, demoApp)
	}
	return names
}

// onlyApp returns the app of that name, or the only one.
func (c *config) onlyApp(name string) (string, error) {
	names := c.appNames()
	switch {
	case slices.Contains(names, name):
		return name, nil
	case name != "":
		return "", fmt.Errorf("there is no app %q; there are %v", name, names)
	case len(names) == 1:
		return names[0], nil
	}
	return "", fmt.Errorf("--app is needed: there are %v", names)
}

// progress returns a function that prints the rows so far, now and then.
func progress(out io.Writer, now func() time.Time) func(rows int) error {
	last := now()
	return func(rows int) error {
		if at := now(); at.Sub(last) >= progressEvery {
			last = at
			fmt.Fprintf(out, "%d rows\n", rows)
		}
		return nil
	}
}

// write writes the table to its file under another name, and gives it its own when it is whole.
func (c *exportCommand) write(ctx context.Context, out io.Writer, from export.Source, log export.Log, q export.Query) (rows int, err error) {
	by := store.AuditEntry{Operator: person()}
	if c.File == "-" {
		return export.WriteRecorded(ctx, out, from, log, q, by)
	}
	if _, err := os.Lstat(c.File); err == nil {
		return 0, fmt.Errorf("%s is there already: an export never replaces a file", c.File)
	}
	f, err := os.CreateTemp(filepath.Dir(c.File), ".export-*") // made with mode 0600
	if err != nil {
		return 0, err
	}
	rows, err = export.WriteRecorded(ctx, f, from, log, q, by)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), c.File)
	}
	if err != nil {
		return rows, errors.Join(err, os.Remove(f.Name()))
	}
	return rows, nil
}
