package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/retention"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/view"
)

// archiveCommand is about the archive of events.
type archiveCommand struct {
	Now    archiveNowCommand    `cmd:"" name:"run" help:"Archive events and prune deliveries now, as retention in the configuration says."`
	Verify verifyArchiveCommand `cmd:"" help:"Read every file of the archive, and check that it is whole."`
	Show   showArchiveCommand   `cmd:"" help:"Print the events of an order, from the archive and the store, as JSON lines."`
}

type archiveNowCommand struct{ flags }

// Run makes one pass, beside a server that serves.
func (c *archiveNowCommand) Run(ctx context.Context, env Env) error {
	return c.withThisStore(ctx, func(config *config, store database) error {
		if config.Retention.Events == 0 && config.Retention.Messages == 0 {
			return errors.New("nothing is configured: set retention.events or retention.messages")
		}
		clock, err := clockOf(ctx, store, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		settings := config.keeper(store, config.appNames())
		settings.Now, settings.Log = clock.Now, slog.New(slog.NewTextHandler(env.Err, nil))
		done, err := retention.New(settings).RunOnce(ctx, true)
		if done.Elsewhere {
			return errors.New("a node archives and prunes at this moment; try again in two minutes")
		}
		fmt.Fprintf(env.Out, "%d files with %d events archived, %d events and %d deliveries deleted from the store\n", done.Files, done.Events, done.Compacted, done.Pruned)
		return err
	})
}

type verifyArchiveCommand struct {
	flags
	App       string `placeholder:"NAME" help:"One app alone."`
	Directory string `placeholder:"DIR" help:"Check this copy of the archive by its manifests, without the store. It needs --app."`
}

var errArchive = errors.New("the archive is not whole")

// Run reads the archive of each app.
func (c *verifyArchiveCommand) Run(ctx context.Context, env Env) error {
	if c.Directory != "" {
		if c.App == "" {
			return errors.New("--directory needs --app")
		}
		folder := retention.NewFolder(c.Directory)
		return verifyArchive(ctx, env.Out, folder, folder.Manifests(), []string{c.App})
	}
	return c.withThisStore(ctx, func(config *config, store database) error {
		folder, apps := config.archive(), config.appNames()
		if c.App != "" {
			apps = []string{c.App}
		}
		if folder == nil {
			return errors.New("there is no archive: retention.archive is not set")
		}
		return verifyArchive(ctx, env.Out, folder, store, apps)
	})
}

func verifyArchive(ctx context.Context, out io.Writer, folder *retention.Folder, from store.Archives, apps []string) error {
	var faults []error
	for _, app := range apps {
		r, err := folder.Verify(ctx, from, app)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: %d files, %d bytes, %d events of %d orders\n", app, r.Files, r.Bytes, r.Events, r.Orders)
		for _, p := range r.Problems {
			fmt.Fprintln(out, "  problem:", p)
			faults = []error{errArchive}
		}
		for _, name := range r.Unlisted {
			fmt.Fprintln(out, "  not listed, and not needed by this store:", name)
		}
	}
	return errors.Join(faults...)
}

type showArchiveCommand struct {
	flags
	Order string `arg:"" help:"The order: ord_…"`
}

// Run prints the events, oldest first.
func (c *showArchiveCommand) Run(ctx context.Context, env Env) error {
	id, ok := bridge.ParseOrderID(c.Order)
	if !ok {
		return fmt.Errorf("%q is not the id of an order", c.Order)
	}
	return c.withThisStore(ctx, func(config *config, db database) error {
		events, order, err := allEvents(ctx, config.archive(), db, id)
		if err != nil {
			return plain(err)
		}
		for i := range events {
			text, err := json.Marshal(view.NewFeedEvent(&store.FeedEvent{Event: events[i], Currency: order.Amount.Currency}))
			if err != nil {
				return err
			}
			fmt.Fprintln(env.Out, string(text))
		}
		return nil
	})
}

// allEvents returns the events of an order from the archive and the store.
func allEvents(ctx context.Context, folder *retention.Folder, db database, id bridge.OrderID) (events []bridge.Event, o bridge.Order, err error) {
	if o, err = db.Order(ctx, id); err != nil {
		return nil, o, err
	}
	h, err := store.ReadHistory(ctx, db, id)
	if err != nil || h.Archived() == 0 {
		return h.Events, o, err
	}
	if folder == nil {
		return nil, o, errors.New("the events are in an archive, and retention.archive is not set")
	}
	events, err = folder.OrderEvents(ctx, db, &o, h.Archived())
	return append(events, h.Events...), o, err
}
