package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

type restoreCommand struct {
	flags
	File     string        `arg:"" optional:"" help:"The backup that minitill backup wrote."`
	Mark     bool          `help:"Mark a store that was restored by other means, such as pg_restore, before any node starts on it. Without the mark refunds may be made twice."`
	Force    bool          `help:"Move the store and keys that are there into a directory beside them."`
	LookBack time.Duration `default:"4320h" placeholder:"DURATION" help:"How long before the backup orders may have been created that are queried, besides all open ones: as long as refunds are possible. 4320h (180 days) unless given."`
	Epoch    int           `placeholder:"N" help:"The least epoch of the restored store, when the store that it replaces is lost and was itself restored: one more than how often."`
}

// Run puts a backup in place, or marks a store that was restored by other means.
func (c *restoreCommand) Run(ctx context.Context, env Env) error {
	config, err := c.load()
	switch {
	case err != nil:
		return err
	case c.Mark && c.File != "":
		return errors.New("--mark goes without a backup: it is for a store that was restored by other means")
	case c.Epoch < 0 || c.Epoch > bridge.MaxEpoch:
		return fmt.Errorf("--epoch is from 1 to %d", bridge.MaxEpoch)
	case c.LookBack < 0:
		return errors.New("--look-back must not be negative")
	case !c.Mark && c.File == "":
		return errors.New("name the backup: minitill restore FILE")
	case !c.Mark && config.shared():
		return errors.Join(printPostgresRestore(env.Out, c.File), errors.New("nothing was restored: run the commands above"))
	}
	unlock, err := config.lockData()
	if err != nil {
		return err
	}
	if c.Mark {
		err = c.mark(ctx, env.Out)
	} else {
		err = c.restore(ctx, env, config)
	}
	return plain(errors.Join(err, unlock()))
}

// mark marks the configured store, whose backup is no older than LookBack.
func (c *restoreCommand) mark(ctx context.Context, out io.Writer) error {
	return c.withClock(ctx, func(_ *config, store database, now func() time.Time) error {
		r, err := markRestored(ctx, store, now(), now().Add(-c.LookBack), c.Epoch)
		if err != nil {
			return err
		}
		return printRestored(ctx, out, store, r)
	})
}

// markRestored begins a new epoch, of at least the given number. Request ids have the epoch
// in them, so that one which was used in any life of the store must not begin again.
func markRestored(ctx context.Context, s store.Restorer, now, since time.Time, least int) (r store.Restoration, err error) {
	for err == nil && r.Epoch < max(1, least) {
		r, err = s.MarkRestored(ctx, now, since)
	}
	if err == nil && r.Epoch > bridge.MaxEpoch {
		err = fmt.Errorf("the store was restored more than %d times: request ids have no more room", bridge.MaxEpoch)
	}
	return r, err
}

// printRestored prints what has to happen before refunds are allowed.
func printRestored(ctx context.Context, out io.Writer, s store.Restorer, r store.Restoration) error {
	unqueried, err := s.UnqueriedOrders(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, `Epoch %d. Refunds are held, and %d orders are to be queried.

  1  minitill serve       queries them at their wallets
  2  minitill restored    says how many are left
  3  Compare the wallets' statements since the backup: orders that were created after it are not in the store.
  4  minitill restored --lift --note TEXT

API keys and sessions that were revoked since the backup are valid again: revoke them again before step 1.
`, r.Epoch, unqueried)
	return err
}
