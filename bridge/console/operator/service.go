package operator

import (
	"cmp"
	"context"
	"time"

	"github.com/minitill/minitill/bridge/store"
)

// Store is what a Service needs of a store.
type Store interface {
	store.Documents
	store.OperatorSessions
	store.Audit
}

// Sealer encrypts the secrets of authenticator apps in the store. The context is
// authenticated: a text opens under its own context only.
type Sealer interface {
	Seal(plain []byte, context string) string
	Open(text, context string) ([]byte, error)
}

// Config is what a Service is made of. Store is required, and Sealer for all but managing.
type Config struct {
	Store  Store
	Sealer Sealer
	// CodeRoles are the roles that need a second factor to sign in by password.
	CodeRoles []Role
	// Idle is after how long without a request a session ends; 30 minutes when zero.
	Idle time.Duration
	// Life is the longest that a session lasts; 12 hours when zero, and never more.
	Life time.Duration
	// Issuer is the name that authenticator apps show.
	Issuer string
	Now    func() time.Time
}

// Service signs operators in and manages them.
type Service struct {
	Book *Book

	store     Store
	sealer    Sealer
	codeRoles []Role
	idle      time.Duration
	life      time.Duration
	issuer    string
	clock     func() time.Time
	hashing   hashing
	delays    delays
	first     firstLink
}

// New returns a Service. It panics without Config.Store.
func New(config Config) *Service {
	if config.Store == nil {
		panic("operator: Config.Store is required")
	}
	s := &Service{
		Book: NewBook(config.Store), store: config.Store, sealer: config.Sealer, codeRoles: config.CodeRoles,
		idle: cmp.Or(config.Idle, usualIdle), life: min(cmp.Or(config.Life, mostLife), mostLife),
		issuer: cmp.Or(config.Issuer, "Minitill"), clock: config.Now, hashing: newHashing(usualCost), delays: delays{config.Store},
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	return s
}

// now is the time at the precision of the store: UTC, in milliseconds.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Millisecond) }

// Browser is where a request comes from.
type Browser struct{ Address, Agent, Request string }

// Record stores an audit entry that has its outcome, and returns its id.
//
// Faults: those of the store.
func (s *Service) Record(ctx context.Context, e store.AuditEntry) (string, error) {
	e.ID, e.At = newEntryID(), s.now()
	return e.ID, s.store.AddAuditEntry(ctx, e)
}

// Act is the function of this name, with the store and the time of the service.
//
// Faults: those of the store and of run.
func (s *Service) Act(ctx context.Context, e store.AuditEntry, run func(context.Context) (how string, err error), lost func(id string, err error)) error {
	e.At = s.now()
	return Act(ctx, s.store, e, run, lost)
}

// Done is the outcome of an action that was executed.
const Done = "done"
