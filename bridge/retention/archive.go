package retention

import (
	"context"
	"fmt"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

const (
	fileEvents  = 5000 // in a file, at most
	feedPage    = 500
	smallFile   = 24 * time.Hour // how long events wait so that files are not small
	compactPage = 200
	// compactEvery is how often orders are compacted that were archived before; new files are
	// followed at once.
	compactEvery = 24 * time.Hour
	compactStep  = 20 // orders in a transaction
)

// archive moves the horizon of an app, a file at a time, as far as its events are old
// enough.
func (p *pass) archive(ctx context.Context, app string, now bool) error {
	before := p.at.Add(-p.config.Events)
	err := p.steps(ctx, func() (more bool, err error) { return p.archiveFile(ctx, app, before, now) })
	if err == nil {
		err = p.showHorizon(ctx, app)
	}
	return err
}

// archiveFile writes the next file. Only when it is durable and was read back, the store
// learns of it.
func (p *pass) archiveFile(ctx context.Context, app string, before time.Time, now bool) (more bool, err error) {
	last, err := p.config.Store.Horizon(ctx, app)
	if err != nil {
		return false, err
	}
	if last.Number > 0 && !p.config.Folder.Present(app, &last) {
		return false, missing(&last)
	}
	if due, err := p.isDue(ctx, app, last.Last, before, now); err != nil || !due {
		return false, err
	}
	file, more, err := p.writeFile(ctx, app, &last, before)
	if err != nil {
		return false, err
	}
	if err := p.config.Folder.before("store the horizon"); err != nil {
		return false, err
	}
	switch err := p.config.Store.AddArchive(ctx, app, file); {
	case fault.KindOf(err) == fault.Conflict: // another node was faster
		return true, nil
	case err != nil:
		return false, err
	}
	p.done.Files++
	p.done.Events += file.Events
	if p.config.Observer != nil {
		p.config.Observer.Archived(app, file.Bytes)
	}
	return more, p.config.Folder.writeManifest(ctx, p.config.Store, app)
}

func missing(f *store.ArchiveFile) error {
	return fmt.Errorf("%w: %s is not in the directory of the archive with its %d bytes: is it shared by all nodes, and was it restored?", ErrDamaged, f.Name, f.Bytes)
}

// isDue reports whether the first event after the horizon is old enough to begin a file.
func (p *pass) isDue(ctx context.Context, app string, after bridge.EventKey, before time.Time, now bool) (bool, error) {
	first, err := p.config.Store.Feed(ctx, store.FeedQuery{App: app, After: after, Limit: 1})
	if err != nil || len(first) == 0 {
		return false, err
	}
	if !now {
		before = before.Add(-smallFile)
	}
	return first[0].At.Before(before), nil
}

// writeFile writes the events after the horizon that are old enough into a file. more reports
// that the file is full.
func (p *pass) writeFile(ctx context.Context, app string, last *store.ArchiveFile, before time.Time) (file store.ArchiveFile, more bool, err error) {
	w, err := p.config.Folder.begin(app, last)
	if err != nil {
		return file, false, err
	}
	defer w.close()
	for q := (store.FeedQuery{App: app, After: last.Last, Limit: feedPage}); w.file.Events < fileEvents; q.After = w.file.Last {
		page, err := p.config.Store.Feed(ctx, q)
		if err != nil {
			return file, false, err
		}
		old := oldest(page, before)
		if err := w.add(old); err != nil {
			return file, false, err
		}
		if len(old) < feedPage {
			break
		}
	}
	file, err = w.finish(p.config.Now().UTC().Truncate(time.Millisecond))
	return file, file.Events >= fileEvents, err
}

// oldest returns the first events of a page, as far as they are before a time.
func oldest(page []store.FeedEvent, before time.Time) []store.FeedEvent {
	for i := range page {
		if !page[i].At.Before(before) {
			return page[:i]
		}
	}
	return page
}

func (p *pass) showHorizon(ctx context.Context, app string) error {
	if p.config.Observer == nil {
		return nil
	}
	last, err := p.config.Store.Horizon(ctx, app)
	if err == nil && last.Number > 0 {
		p.config.Observer.Horizon(app, last.LastAt)
	}
	return err
}
