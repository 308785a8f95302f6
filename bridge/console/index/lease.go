package index

import (
	"context"
	"errors"
	"time"
)

// leaseTime is how long a node follows the feed before it must renew its lease, and so how
// long the others wait after it stopped without releasing it.
const leaseTime = 15 * time.Second

// The statements of the lease. A lease saves work: what makes every event count once is that
// a step commits its rows only with the place that it read.
const (
	readLease = "select holder, until, epoch from " + leaseTable + " where id = 1"
	putLease  = "update " + leaseTable + " set holder = ?, until = ?, epoch = ? where id = 1"
)

// errForeign says that the tables were filled from another store, or from what the store was
// before it was restored.
var errForeign = errors.New("the index was made from another feed")

// lease is the row of the lease. epoch is the store's; -1 in new tables.
type lease struct {
	holder string
	until  int64
	epoch  int64
}

// hold reports whether this node follows the feed, and takes or renews the lease.
func (x *Index) hold(ctx context.Context) (bool, error) {
	now := x.config.Now()
	x.mu.Lock()
	until := x.until
	x.mu.Unlock()
	if now.Before(until.Add(-leaseTime / 2)) {
		return true, nil
	}
	if taken, err := x.heldByOther(ctx, now); taken || err != nil {
		return false, err
	}
	restoration, err := x.config.Source.Restoration(ctx)
	if err != nil {
		return false, err
	}
	held, until := false, now.Add(leaseTime)
	err = x.db.Write(ctx, func(tx Tx) error {
		l, err := loadLease(ctx, tx)
		switch {
		case err != nil:
			return err
		case l.epoch >= 0 && l.epoch != int64(restoration.Epoch):
			return errForeign
		case x.other(&l, now):
			return nil
		}
		held = true
		return tx.Exec(ctx, putLease, one(x.holder, until.UnixMilli(), int64(restoration.Epoch)))
	})
	if err == nil && held {
		x.mu.Lock()
		x.until = until
		x.mu.Unlock()
	}
	return err == nil && held, err
}

// other reports whether another node holds a lease.
func (x *Index) other(l *lease, now time.Time) bool {
	return l.holder != x.holder && now.UnixMilli() < l.until
}

func (x *Index) heldByOther(ctx context.Context, now time.Time) (taken bool, err error) {
	err = x.db.Read(ctx, func(tx Tx) error {
		l, err := loadLease(ctx, tx)
		taken = x.other(&l, now)
		return err
	})
	return taken, err
}

func loadLease(ctx context.Context, tx Tx) (l lease, err error) {
	err = tx.Query(ctx, readLease, one(), func(_ int, row Row) error { return row.Scan(&l.holder, &l.until, &l.epoch) })
	return l, err
}

// release gives the lease to the next node that requests it.
func (x *Index) release(ctx context.Context) {
	x.mu.Lock()
	held := !x.until.IsZero()
	x.mu.Unlock()
	x.forgetLease()
	if !held {
		return
	}
	err := x.db.Write(ctx, func(tx Tx) error {
		l, err := loadLease(ctx, tx)
		if err != nil || l.holder != x.holder {
			return err
		}
		return tx.Exec(ctx, putLease, one("", int64(0), l.epoch))
	})
	if err != nil {
		x.config.Log.Debug("the lease of the console's index was not released; it ends by itself", "err", err)
	}
}

func (x *Index) forgetLease() {
	x.mu.Lock()
	x.until = time.Time{}
	x.mu.Unlock()
}
