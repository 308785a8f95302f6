package rows

import "context"

const (
	// Of the version that is known the text is not read.
	readDocument   = `select version, case when version = ? then '' else doc end from documents where name = ?`
	upsertDocument = `insert into documents (name, version, doc) values (?, cast(? as bigint) + 1, ?)
		on conflict (name) do update set version = excluded.version, doc = excluded.doc
		where documents.version = excluded.version - 1`
)

// Document returns a document and its version; of the version that is known only that.
//
// Faults: Unavailable.
func (r *Resources) Document(ctx context.Context, name string, known int64) (doc []byte, version int64, err error) {
	q := NewSearch(readDocument, known, name)
	q.Short = true
	found, err := readAll(ctx, r, "store.Document", q, func(row Row) (text []byte, err error) {
		err = row.Scan(&version, &text)
		return text, err
	})
	if err != nil || len(found) == 0 || len(found[0]) == 0 {
		return nil, version, err
	}
	return found[0], version, nil
}

// ChangeDocument reads, changes and stores a document until no other change came between.
//
// Faults: Unavailable; Unknown.
func (r *Resources) ChangeDocument(ctx context.Context, name string, change func(doc []byte) ([]byte, error)) error {
	for {
		before, version, err := r.Document(ctx, name, -1)
		if err != nil {
			return err
		}
		next, err := change(before)
		if err != nil || next == nil {
			return err
		}
		n, err := r.db.Exec(ctx, &Statement{Op: "store.ChangeDocument", Text: upsertDocument, Args: []any{name, version, string(next)}})
		if err != nil || n > 0 {
			return err
		}
	}
}
