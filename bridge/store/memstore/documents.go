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

// Document implements bridge.Store.
func (s *Store) Document(ctx context.Context, name string, known int64) ([]byte, int64, error) {
	if err := s.lock(ctx, "memstore.Document"); err != nil {
		return nil, 0, err
	}
	defer s.mu.Unlock()
	d := s.documents[name]
	if d.version == known {
		return nil, known, nil
	}
	return bytes.Clone(d.text), d.version, nil
}

// ChangeDocument implements bridge.Store. As with orders, change runs unlocked and runs
// again when another was quicker.
func (s *Store) ChangeDocument(ctx context.Context, name string, change func(doc []byte) ([]byte, error)) error {
	for {
		before, version, err := s.Document(ctx, name, -1)
		if err != nil {
			return err
		}
		next, err := change(before)
		if err != nil || next == nil {
			return err
		}
		if stored, err := s.swapDocument(ctx, name, version, next); err != nil || stored {
			return err
		}
	}
}

// swapDocument stores a document unless it has changed since it was read.
func (s *Store) swapDocument(ctx context.Context, name string, version int64, next []byte) (stored bool, err error) {
	if err := s.lock(ctx, "memstore.ChangeDocument"); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	if s.documents[name].version != version {
		return false, nil
	}
	s.documents[name] = document{bytes.Clone(next), version + 1}
	return true, nil
}
