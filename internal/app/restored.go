package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/minitill/minitill/bridge/engine"
)

// restoredCommand shows the last restoration of the store from a backup, and allows refunds
// again.
type restoredCommand struct {
	flags
	Lift bool   `help:"Allow refunds again, after the status queries of all open orders."`
	Note string `placeholder:"TEXT" help:"With --lift: what was compared, which is stored."`
}

// Run prints the last restoration.
func (c *restoredCommand) Run(ctx context.Context, env Env) error {
	return c.withDesk(ctx, env, func(d *desk) error { return c.print(ctx, d, env.Out) })
}

func (c *restoredCommand) print(ctx context.Context, d *desk, out io.Writer) error {
	switch {
	case c.Lift && c.Note == "":
		return errors.New("--lift needs a --note that says what was compared")
	case !c.Lift && c.Note != "":
		return errors.New("--note goes with --lift")
	case c.Lift:
		if _, err := d.engine.LiftRestoration(ctx, d.by, c.Note); err != nil {
			return plain(err)
		}
	}
	r, unqueried, err := d.engine.Restoration(ctx)
	switch {
	case err != nil:
		return plain(err)
	case r.Epoch == 0:
		_, err = fmt.Fprintln(out, "The store was never restored from a backup.")
	case !r.Held():
		_, err = fmt.Fprintf(out, "epoch %d, restored %s\nlifted %s by %s: %s\n", r.Epoch, when(r.RestoredAt), when(r.Lifted.At), r.Lifted.By, r.Lifted.Note)
	default:
		_, err = fmt.Fprintf(out, "epoch %d, restored %s\nRefunds are held. Orders still to be queried: %d\n", r.Epoch, when(r.RestoredAt), unqueried)
		if err == nil {
			_, err = fmt.Fprintf(out, "For each order the next %d payments and refunds are searched for at its wallets, until %d in a row are unknown.\n", engine.MaxRecovered, engine.MaxGap)
		}
		if err == nil && unqueried == 0 {
			_, err = fmt.Fprintln(out, "Compare the wallets' statements since the backup, then: minitill restored --lift --note TEXT")
		}
	}
	return err
}
