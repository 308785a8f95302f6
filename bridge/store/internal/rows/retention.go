package rows

import (
	"bytes"
	"compress/flate"
	"context"
	"io"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

const (
	readSnapshot = `select doc from snapshots where order_id = ?`
	hasSnapshot  = `select sequence from snapshots where order_id = ? and sequence >= ?`
	ofApp        = ` and exists (select 1 from orders where id = snapshots.order_id and app = ?)`

	archiveColumns = `number, name, digest, bytes, events, first_at, last_at, order_id, sequence, created_at`
	readArchives   = `select ` + archiveColumns + ` from archives where app = ? and number > ? order by number limit ?`
	readHorizon    = `select tx, position, ` + archiveColumns + ` from archives where app = ? order by number desc limit 1`

	// A snapshot is stored only while nothing of its order is due and its last event is
	// archived. It never goes back.
	putSnapshot = `insert into snapshots (order_id, sequence, doc)
		select o.id, e.sequence, ? from orders as o, events as e
		where o.id = ? and o.app = ? and o.due_at is null and o.attention = '' and e.order_id = ? and e.sequence = ?
		and not exists (select 1 from outbox where order_id = o.id and status = 'undelivered') and `
	putSnapshotEnd = ` on conflict (order_id) do update set sequence = excluded.sequence, doc = excluded.doc
		where snapshots.sequence < excluded.sequence`
	deleteEvents = `delete from events where order_id = ? and sequence <= ?
		and exists (select 1 from snapshots where order_id = ? and sequence >= ?)`

	// The messages after a position, as far as a limit.
	readMessages  = `select position, coalesce(created_at, 0) from outbox where position > ? order by position limit ?`
	pruneMessages = `delete from outbox where position > ? and position <= ? and status in ('delivered', 'dismissed')
		and coalesce(tried_at, created_at, 0) < ?`
)

// Snapshot returns the order as it stood after the last of its events that was archived.
//
// Faults: NotFound when no event of the order was archived; Unavailable.
func (r *Resources) Snapshot(ctx context.Context, id bridge.OrderID) (history.Snapshot, error) {
	return readOne(ctx, r, "store.Snapshot", "snapshot", NewSearch(readSnapshot, string(id)), scanSnapshot)
}

func scanSnapshot(row Row) (s history.Snapshot, err error) {
	var doc []byte
	if err := row.Scan(&doc); err != nil {
		return s, err
	}
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(doc)))
	if err != nil {
		return s, fault.Wrap(fault.Internal, "store.Snapshot", err)
	}
	return s, Decode("store.Snapshot", text, &s)
}

// snapshotDoc returns a snapshot as it is stored.
//
// Faults: Internal.
func snapshotDoc(op string, s *history.Snapshot) ([]byte, error) {
	text, err := Encode(op, s)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}

// horizon is the last archive file of an app, with the place of its last event.
type horizon struct {
	store.ArchiveFile
	place store.Place
}

// before reports whether a place is before the horizon, so that the events after it are not
// all in the store.
func (h *horizon) before(p store.Place) bool {
	return h.Number > 0 && (p.Major < h.place.Major || p.Major == h.place.Major && p.Minor < h.place.Minor)
}

func (r *Resources) horizon(ctx context.Context, op, app string) (h horizon, err error) {
	q := NewSearch(readHorizon, app)
	q.Short = true
	found, err := readAll(ctx, r, op, q, func(row Row) (h horizon, err error) {
		h.ArchiveFile, err = scanArchive(row, &h.place.Major, &h.place.Minor)
		return h, err
	})
	if err != nil || len(found) == 0 {
		return h, err
	}
	return found[0], nil
}

// scanArchive reads a file whose columns come behind those of first.
func scanArchive(row Row, first ...any) (f store.ArchiveFile, err error) {
	var digest []byte
	err = row.Scan(append(first, &f.Number, &f.Name, &digest, &f.Bytes, &f.Events, instant{&f.FirstAt}, instant{&f.LastAt},
		&f.Last.Order, &f.Last.Sequence, instant{&f.CreatedAt})...)
	copy(f.Digest[:], digest)
	return f, err
}

// Horizon returns the last archive file of an app.
//
// Faults: Unavailable.
func (r *Resources) Horizon(ctx context.Context, app string) (store.ArchiveFile, error) {
	h, err := r.horizon(ctx, "store.Horizon", app)
	return h.ArchiveFile, err
}

// Archives returns the archive files of an app with a number after one, oldest first.
//
// Faults: Unavailable.
func (r *Resources) Archives(ctx context.Context, app string, after int64, limit int) ([]store.ArchiveFile, error) {
	return readAll(ctx, r, "store.Archives", NewSearch(readArchives, app, after, PageSize(limit)), func(row Row) (store.ArchiveFile, error) {
		return scanArchive(row)
	})
}

// AddArchive stores that a file was archived. The same file twice is stored once.
//
// Faults: Conflict; Unavailable; Unknown.
func (r *Resources) AddArchive(ctx context.Context, app string, f store.ArchiveFile) error {
	const op = "store.AddArchive"
	n, err := r.db.Exec(ctx, &Statement{Op: op, Text: r.dialect.AddArchive, Args: []any{
		app, f.Number, f.Name, Blob(f.Digest[:]), f.Bytes, f.Events, Millis(f.FirstAt), Millis(f.LastAt), Millis(f.CreatedAt),
		string(f.Last.Order), f.Last.Sequence, app, app, f.Number,
	}})
	if err != nil || n > 0 {
		return err
	}
	found, err := r.Archives(ctx, app, f.Number-1, 1)
	if err == nil && (len(found) == 0 || found[0].Name != f.Name || found[0].Digest != f.Digest) {
		err = fault.New(fault.Conflict, op, "Another file was archived meanwhile.")
	}
	return err
}

// ArchivedEvents returns events of an app that are up to its horizon and still in the store.
//
// Faults: Unavailable.
func (r *Resources) ArchivedEvents(ctx context.Context, app string, after store.Place, limit int) ([]store.PlacedEvent, error) {
	args := append([]any{app}, r.dialect.placeArgs(after)...)
	q := NewSearch(r.dialect.ArchivedEvents, append(args, app, app, PageSize(limit))...)
	return readAll(ctx, r, "store.ArchivedEvents", q, func(row Row) (e store.PlacedEvent, err error) {
		err = row.Scan(&e.Order, &e.Sequence, &e.Place.Major, &e.Place.Minor)
		return e, err
	})
}

// placeArgs are the numbers of a place as the feed of the dialect has them.
func (d *Dialect) placeArgs(p store.Place) []any {
	if len(d.FeedStart) == 1 {
		return []any{p.Minor}
	}
	return []any{p.Major, p.Minor}
}

// placed is the inverse of placeArgs.
func placed(args []any) (p store.Place) {
	p.Minor, _ = args[len(args)-1].(int64)
	if len(args) > 1 {
		p.Major, _ = args[0].(int64)
	}
	return p
}

// Compact stores snapshots and deletes the events up to them, all in one transaction.
//
// Faults: Unavailable; Unknown.
func (r *Resources) Compact(ctx context.Context, app string, snapshots []history.Snapshot) (events int64, err error) {
	const op = "store.Compact"
	var list []Statement
	for i := range snapshots {
		s := &snapshots[i]
		doc, err := snapshotDoc(op, s)
		if err != nil {
			return 0, err
		}
		id, sequence := string(s.Order.ID), s.Order.Sequence
		list = append(list,
			Statement{Op: op, Text: putSnapshot + r.dialect.Compactable + putSnapshotEnd, Args: []any{doc, id, app, id, sequence, app}},
			Statement{Op: op, Text: deleteEvents, Args: []any{id, sequence, id, sequence}})
	}
	wrote, err := r.db.ExecAll(ctx, op, list)
	if err != nil {
		return 0, err
	}
	for i := 1; i < len(wrote); i += 2 {
		events += wrote[i]
	}
	return events, nil
}

// PruneMessages deletes messages that were delivered or dismissed before a time, of those
// after a position. Where all that it looks at are younger, there are no more.
//
// Faults: Unavailable; Unknown.
func (r *Resources) PruneMessages(ctx context.Context, before time.Time, after int64, limit int) (last, deleted int64, err error) {
	const op = "store.PruneMessages"
	page := PageSize(limit)
	found, err := readAll(ctx, r, op, NewSearch(readMessages, after, page), func(row Row) (m [2]int64, err error) {
		err = row.Scan(&m[0], &m[1])
		return m, err
	})
	if err != nil || !slices.ContainsFunc(found, func(m [2]int64) bool { return m[1] < before.UnixMilli() }) {
		return 0, 0, err
	}
	last = found[len(found)-1][0]
	deleted, err = r.db.Exec(ctx, &Statement{Op: op, Text: pruneMessages, Args: []any{after, last, before.UnixMilli()}})
	if int64(len(found)) < page {
		last = 0
	}
	return last, deleted, err
}

// PruneAnswers deletes the answers to claims made before a time, and claims about no order or
// agreement, a few in each commit. Nodes that prune at once share the work.
//
// Faults: Unavailable; Unknown.
func (r *Resources) PruneAnswers(ctx context.Context, before time.Time) error {
	for _, text := range r.dialect.PruneAnswers {
		if err := r.pruneAll(ctx, "store.PruneAnswers", text, before); err != nil {
			return err
		}
	}
	return nil
}

// pruneAll repeats a statement until it finds less than PruneStep rows.
func (r *Resources) pruneAll(ctx context.Context, op, text string, before time.Time) error {
	for {
		n, err := r.db.Exec(ctx, &Statement{Op: op, Text: text, Args: []any{before.UnixMilli(), int64(PruneStep)}})
		if err != nil || n < PruneStep {
			return err
		}
	}
}
