package revocation

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

const (
	// Period is how often a node reads the store's new revocations.
	Period = 2 * time.Second
	// slack is how much longer a revocation is kept than the tokens that it ends: clocks of
	// nodes differ a little.
	slack = 10 * time.Minute

	document = "revocations"
)

// Config is what a Book is made of. Store and SessionTTL are required.
type Config struct {
	Store store.Documents
	// SessionTTL is how long a session token is valid, so how long its revocation is kept.
	SessionTTL time.Duration
	Log        *slog.Logger
	Now        func() time.Time
}

// Book is the revocations as one node knows them.
type Book struct {
	store store.Documents
	ttl   time.Duration
	log   *slog.Logger
	now   func() time.Time

	index atomic.Pointer[index]

	mu      sync.Mutex // held while the store is read
	version int64
	failing bool // the last read failed, and the log says so
}

// Open returns a Book that knows what the store knows.
//
// Faults: those of the store; Internal for a document that cannot be read.
func Open(ctx context.Context, config Config) (*Book, error) {
	b := &Book{store: config.Store, ttl: config.SessionTTL, log: config.Log, now: config.Now, version: -1}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	if b.now == nil {
		b.now = time.Now
	}
	return b, b.Refresh(ctx)
}

// Revoked reports whether a session was ended. It reads memory only.
func (b *Book) Revoked(s signing.Session) bool { return b.index.Load().ends(&s) }

// Revoke ends sessions that were issued by now. When it returns, the revocation is durable
// and this node knows it; every other node knows it within Period. What is revoked already,
// or was revoked by the same request before, changes nothing: the revocation in force is
// returned.
//
// Faults: Invalid; KeyReused; Conflict when the app has too many revocations; those of the
// store.
func (b *Book) Revoke(ctx context.Context, r Revocation) (Revocation, error) {
	if err := r.check(); err != nil {
		return Revocation{}, err
	}
	r.At = b.now().UTC().Truncate(time.Millisecond)
	done := r
	err := b.store.ChangeDocument(ctx, document, func(doc []byte) ([]byte, error) {
		have, err := decodeList(doc)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "revocation.Revoke", err)
		}
		held, err := have.held(&r)
		if err != nil {
			return nil, err
		}
		if held != nil {
			done = *held
			return nil, nil
		}
		done = r
		next, err := have.with(&r, r.At.Add(-b.ttl-slack))
		if err != nil {
			return nil, err
		}
		return json.Marshal(next)
	})
	if err != nil {
		return Revocation{}, err
	}
	return done, b.Refresh(ctx)
}

// Refresh reads the list when it has changed since it was last read.
//
// Faults: those of the store; Internal for a document that cannot be read.
func (b *Book) Refresh(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	doc, version, err := b.store.Document(ctx, document, b.version)
	if err != nil {
		return err
	}
	if version == b.version {
		return nil
	}
	have, err := decodeList(doc)
	if err != nil {
		return fault.Wrap(fault.Internal, "revocation.Refresh", err)
	}
	b.index.Store(have.index())
	b.version = version
	return nil
}

// Run refreshes the list each Period until ctx ends.
func (b *Book) Run(ctx context.Context) error {
	tick := time.NewTicker(Period)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			b.RunOnce(ctx)
		}
	}
}

// RunOnce refreshes the list, and logs when that begins to fail and when it works again.
func (b *Book) RunOnce(ctx context.Context) {
	err := b.Refresh(ctx)
	switch {
	case ctx.Err() != nil || (err != nil) == b.failing:
		return
	case err != nil:
		b.log.Warn("revoked sessions cannot be read; those known go on being refused", "fault", err)
	default:
		b.log.Info("revoked sessions can be read again")
	}
	b.failing = err != nil
}
