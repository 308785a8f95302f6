package retention

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// Feed reads the whole feed of an app: the archive up to the horizon, and the store after it.
// It holds the file that it is in, so that readers of different places slow each other down.
type Feed struct {
	mu     sync.Mutex
	folder *Folder
	from   FeedSource

	app  string
	file store.ArchiveFile // zero: none is held
	held []archivedLine
}

// FeedSource is a store with a feed and an archive.
type FeedSource interface {
	store.Archives
	Feed(ctx context.Context, q store.FeedQuery) ([]store.FeedEvent, error)
}

// archivedLine is an event of the file that is held, decoded when it is returned.
type archivedLine struct {
	key  bridge.EventKey
	text []byte
}

// NewFeed returns the whole feed of a store. Without a folder it is the store's: what was
// archived is Expired.
func NewFeed(from FeedSource, folder *Folder) *Feed { return &Feed{folder: folder, from: from} }

// Feed returns events after one of them, or from the first, oldest first.
//
// Faults: NotFound when After is no event of the app, and for a file that is not on this
// node; Expired without a folder; ErrDamaged; those of the store.
func (f *Feed) Feed(ctx context.Context, q store.FeedQuery) ([]store.FeedEvent, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.page(ctx, q)
}

func (f *Feed) page(ctx context.Context, q store.FeedQuery) ([]store.FeedEvent, error) {
	list, err := f.from.Feed(ctx, q)
	if f.folder == nil || err == nil || fault.KindOf(err) != fault.Expired {
		return list, err
	}
	next, err := f.seek(ctx, &q)
	if err != nil {
		return nil, err
	}
	lines := f.held[next:min(len(f.held), next+max(q.Limit, 0))]
	list = make([]store.FeedEvent, len(lines))
	for i := range lines {
		var l line
		if err := decodeLine(lines[i].text, &l); err != nil {
			return nil, err
		}
		list[i] = l.event()
	}
	if len(list) == q.Limit {
		return list, nil
	}
	return f.continued(ctx, q, list)
}

// continued fills a page from the next file or from the store.
func (f *Feed) continued(ctx context.Context, q store.FeedQuery, list []store.FeedEvent) ([]store.FeedEvent, error) {
	q.Limit -= len(list)
	if len(list) > 0 {
		q.After = list[len(list)-1].Key()
	}
	rest, err := f.page(ctx, q)
	return append(list, rest...), err
}

// seek holds the file that has the events after q.After, and returns the index of the first.
func (f *Feed) seek(ctx context.Context, q *store.FeedQuery) (next int, err error) {
	if at, found := f.find(q); found && at < len(f.held) {
		return at, nil
	}
	first := q.After == bridge.EventKey{}
	found, last := first, false
	err = eachFile(ctx, f.from, q.App, func(file *store.ArchiveFile) error {
		switch {
		case last || first:
			next = 0
		case file.Last == q.After:
			last = true
			return nil
		}
		if err := f.hold(q.App, file); err != nil {
			return err
		}
		if last || first {
			found = true
			return errEnough
		}
		if next, found = f.find(q); found {
			return errEnough
		}
		return nil
	})
	if err == errEnough {
		return next, nil
	}
	if err == nil && !found {
		err = fault.New(fault.NotFound, "retention.Feed", "The feed has no such event to go on behind.")
	}
	return 0, err
}

// find returns the index in the held file after the event of a query.
func (f *Feed) find(q *store.FeedQuery) (int, bool) {
	if f.file.Number == 0 || f.app != q.App {
		return 0, false
	}
	at := slices.IndexFunc(f.held, func(l archivedLine) bool { return l.key == q.After })
	return at + 1, at >= 0
}

// hold reads a file.
func (f *Feed) hold(app string, file *store.ArchiveFile) error {
	f.file, f.held = store.ArchiveFile{}, f.held[:0]
	err := f.folder.read(app, file, func(e *store.FeedEvent) error {
		text, err := encodeLine(lineOf(e))
		f.held = append(f.held, archivedLine{e.Key(), bytes.Clone(text)})
		return err
	})
	if err == nil {
		f.app, f.file = app, *file
	}
	return err
}
