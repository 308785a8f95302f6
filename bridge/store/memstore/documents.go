package memstore

import (
	"bytes"
	"context"
)

// document is a text with the number of its changes.
type document struct {
	text    []byte
	version int64
}

// Document implements engine.Store.
func (s *Store) Document(ctx context.Context, name string, known int64) ([]byte, int64, error) {
	d, err := locked(ctx, s, "memstore.Document", func() (document, error) { return s.documents[name], nil })
	if d.version == known {
		d.text = nil
	}
	return bytes.Clone(d.text), d.version, err
}

// ChangeDocument implements engine.Store. As with orders, change runs unlocked and runs
// again after a conflict.
func (s *Store) ChangeDocument(ctx context.Context, name string, change func(doc []byte) ([]byte, error)) error {
	for stored := false; !stored; {
		before, version, err := s.Document(ctx, name, -1)
		if err != nil {
			return err
		}
		next, err := change(before)
		if err != nil || next == nil {
			return err
		}
		err = s.do(ctx, "memstore.ChangeDocument", func() error {
			if stored = s.documents[name].version == version; stored {
				s.documents[name] = document{bytes.Clone(next), version + 1}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
