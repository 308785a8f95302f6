package index

import (
	"context"
	"errors"
	"sync"
)

// Lazily returns a Database that open opens when it is first used. An opening that fails is
// tried again by the next use.
func Lazily(open func(context.Context) (Database, error)) Database { return &lazy{open: open} }

type lazy struct {
	open func(context.Context) (Database, error)

	mu     sync.Mutex
	db     Database // nil until it was opened
	closed bool
}

var errClosed = errors.New("the index is closed")

// opened returns the database.
func (l *lazy) opened(ctx context.Context) (Database, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errClosed
	}
	if l.db == nil {
		db, err := l.open(ctx)
		if err != nil {
			return nil, err
		}
		l.db = db
	}
	return l.db, nil
}

// Read implements Database.
func (l *lazy) Read(ctx context.Context, f func(Tx) error) error {
	db, err := l.opened(ctx)
	if err != nil {
		return err
	}
	return db.Read(ctx, f)
}

// Write implements Database.
func (l *lazy) Write(ctx context.Context, f func(Tx) error) error {
	db, err := l.opened(ctx)
	if err != nil {
		return err
	}
	return db.Write(ctx, f)
}

// Reset implements Database.
func (l *lazy) Reset(ctx context.Context) error {
	db, err := l.opened(ctx)
	if err != nil {
		return err
	}
	return db.Reset(ctx)
}

// Damaged implements Database.
func (l *lazy) Damaged(err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.db != nil && l.db.Damaged(err)
}

// Close implements Database. What was not opened needs no closing.
func (l *lazy) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.db == nil {
		return nil
	}
	return l.db.Close()
}
