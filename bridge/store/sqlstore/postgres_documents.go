package sqlstore

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// The statements of documents.
const (
	pgReadDocument   = `select version, case when version = $1 then '' else doc end from documents where name = $2`
	pgUpsertDocument = `insert into documents (name, version, doc) values ($1, $2::bigint + 1, $3)
		on conflict (name) do update set version = excluded.version, doc = excluded.doc
		where documents.version = excluded.version - 1`
)

// Document returns a document and its version; of the version that is known only that.
//
// Faults: Unavailable.
func (s *Postgres) Document(ctx context.Context, name string, known int64) ([]byte, int64, error) {
	type row struct {
		version int64
		doc     []byte
	}
	rows, err := query(ctx, s, func(r pgx.CollectableRow) (d row, err error) {
		err = r.Scan(&d.version, &d.doc)
		return d, err
	}, pgReadDocument, known, name)
	if err != nil || len(rows) == 0 {
		return nil, 0, postgresFault("sqlstore.Document", err)
	}
	return documentText(rows[0].doc), rows[0].version, nil
}

// ChangeDocument stores what change returns, alone with the document.
//
// Faults: Unavailable; Unknown.
func (s *Postgres) ChangeDocument(ctx context.Context, name string, change func(doc []byte) ([]byte, error)) error {
	return changeDocument(ctx, s, name, change, func(version int64, next string) (bool, error) {
		t := &task{op: "sqlstore.ChangeDocument", text: pgUpsertDocument, args: []any{name, version, next}}
		err := s.writeAlone(ctx, t)
		return t.rows > 0, err
	})
}
