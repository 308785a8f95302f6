package app

import (
	"context"
	"path/filepath"
	"time"

	"github.com/minitill/minitill/bridge/retention"
	"github.com/minitill/minitill/bridge/store"
)

// retentionConfig says how long rows are kept that later payments do not need. Orders, refunds
// and their money are kept for good.
type retentionConfig struct {
	Answers  time.Duration `json:"answers" validate:"min=24h,max=8760h"`
	Messages time.Duration `json:"messages" validate:"omitempty,min=96h"` // zero: for good
	Events   time.Duration `json:"events" validate:"omitempty,min=168h"`  // zero: for good
	// Archive is the directory of archived events; see config.archive.
	Archive filePath `json:"archive"`
	// ArchiveAt is what the merchant API says of where the archive is.
	ArchiveAt    string        `json:"archiveAt" validate:"max=200"`
	RefundWindow time.Duration `json:"refundWindow" validate:"min=0"`
}

// checkRetention reports an archive that nodes would not share.
func (d *decoder) checkRetention(c *config) {
	if c.Retention.Events > 0 && c.Retention.Archive == "" && c.shared() {
		d.found.add("retention.archive", "is required with retention.events on PostgreSQL: name a directory that all nodes share")
	}
}

// archive returns the directory of archived events, also when no more are archived; nil where
// there is none.
func (c *config) archive() *retention.Folder {
	switch {
	case c.Retention.Archive != "":
		return retention.NewFolder(string(c.Retention.Archive))
	case c.shared():
		return nil
	}
	return retention.NewFolder(filepath.Join(string(c.Data), "archive"))
}

// keeper returns what archives and prunes as a configuration says.
func (c *config) keeper(db database, apps []string) retention.Config {
	return retention.Config{
		Store: db, Apps: apps, Folder: c.archive(), Events: c.Retention.Events, RefundWindow: c.Retention.RefundWindow, Messages: c.Retention.Messages,
	}
}

// addRetention archives and prunes in the background, where that is configured.
func (n *node) addRetention(o options, db database, m *merchants) {
	if o.config.Retention.Events == 0 && o.config.Retention.Messages == 0 {
		return
	}
	var apps []string
	for i := range m.apps {
		apps = append(apps, m.apps[i].Name)
	}
	settings := o.config.keeper(db, apps)
	settings.Log, settings.Now, settings.Stopping = n.log, n.clock.Now, n.leaving.Load
	if n.metrics != nil {
		settings.Observer = n.metrics
	}
	n.loops = append(n.loops, retention.New(settings).Run)
}

// wholeStore is a store whose feed includes what was archived.
type wholeStore struct {
	database
	feed *retention.Feed
}

// whole returns the store of a configuration as one export, or the index, reads it.
func (c *config) whole(db database) wholeStore {
	return wholeStore{db, retention.NewFeed(db, c.archive())}
}

// Feed reads the archive up to the horizon, and the store after it.
func (w wholeStore) Feed(ctx context.Context, q store.FeedQuery) ([]store.FeedEvent, error) {
	return w.feed.Feed(ctx, q)
}
