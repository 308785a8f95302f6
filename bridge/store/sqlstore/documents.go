package sqlstore

import (
	"context"
	"database/sql"
	"errors"
)

// Document returns a document and its version; of the version that is known only that.
//
// Faults: Unavailable.
func (s *Store) Document(ctx context.Context, name string, known int64) (doc []byte, version int64, err error) {
	const op = "sqlstore.Document"
	ctx, err = uninterrupted(ctx)
	if err != nil {
		return nil, 0, asFault(op, err)
	}
	err = s.reader.QueryRowContext(ctx, readDocument, known, name).Scan(&version, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	return documentText(doc), version, asFault(op, err)
}

// documentText is nil for the empty text that stands for a document that is known.
func documentText(doc []byte) []byte {
	if len(doc) == 0 {
		return nil
	}
	return doc
}

// ChangeDocument stores what change returns, alone with the document.
//
// Faults: Unavailable; Unknown.
func (s *Store) ChangeDocument(ctx context.Context, name string, change func(doc []byte) ([]byte, error)) error {
	return changeDocument(ctx, s, name, change, func(version int64, next string) (stored bool, err error) {
		err = s.writer.do(ctx, "sqlstore.ChangeDocument", func(w *conn) error {
			n, err := w.exec(upsertDocument, name, version, next)
			stored = n > 0
			return err
		})
		return stored, err
	})
}

// documentReader is the half of both stores that changeDocument needs.
type documentReader interface {
	Document(ctx context.Context, name string, known int64) ([]byte, int64, error)
}

// changeDocument reads, changes and stores a document until no other change came between.
func changeDocument(ctx context.Context, s documentReader, name string, change func([]byte) ([]byte, error), store func(version int64, next string) (bool, error)) error {
	for {
		before, version, err := s.Document(ctx, name, -1)
		if err != nil {
			return err
		}
		next, err := change(before)
		if err != nil || next == nil {
			return err
		}
		if stored, err := store(version, string(next)); err != nil || stored {
			return err
		}
	}
}
