package memstore

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/store"
)

func newSessions() table[store.OperatorSession] {
	return table[store.OperatorSession]{what: "session", times: func(s *store.OperatorSession) []*time.Time {
		return []*time.Time{&s.CreatedAt, &s.UsedAt, &s.ExpiresAt, &s.EndedAt}
	}}
}

func newAudit() table[store.AuditEntry] {
	return table[store.AuditEntry]{what: "entry", times: func(e *store.AuditEntry) []*time.Time { return []*time.Time{&e.At} }}
}

func ofSession(id string) func(*store.OperatorSession) bool {
	return func(s *store.OperatorSession) bool { return s.ID == id }
}

// AddOperatorSession implements store.OperatorSessions.
func (s *Store) AddOperatorSession(ctx context.Context, session store.OperatorSession) error {
	const op = "memstore.AddOperatorSession"
	return s.do(ctx, op, func() error {
		return s.sessions.add(op, session, func(have *store.OperatorSession) bool {
			return have.ID == session.ID || have.Digest == session.Digest
		})
	})
}

// OperatorSession implements store.OperatorSessions.
func (s *Store) OperatorSession(ctx context.Context, digest [32]byte) (store.OperatorSession, error) {
	const op = "memstore.OperatorSession"
	return locked(ctx, s, op, func() (store.OperatorSession, error) {
		return s.sessions.get(op, func(have *store.OperatorSession) bool { return have.Digest == digest })
	})
}

// OperatorSessions implements store.OperatorSessions.
func (s *Store) OperatorSessions(ctx context.Context, operator string) ([]store.OperatorSession, error) {
	return locked(ctx, s, "memstore.OperatorSessions", func() ([]store.OperatorSession, error) {
		list := s.sessions.list(func(have *store.OperatorSession) bool { return have.Operator == operator })
		slices.SortFunc(list, func(a, b store.OperatorSession) int { return strings.Compare(a.ID, b.ID) })
		return list, nil
	})
}

// UseOperatorSession implements store.OperatorSessions.
func (s *Store) UseOperatorSession(ctx context.Context, id string, at time.Time) error {
	return s.do(ctx, "memstore.UseOperatorSession", func() error {
		have := s.sessions.find(ofSession(id))
		if have != nil && (have.value.UsedAt.IsZero() || !have.value.UsedAt.Add(store.SessionUsePeriod).After(at)) {
			have.value.UsedAt = millis(at)
		}
		return nil
	})
}

// EndOperatorSession implements store.OperatorSessions.
func (s *Store) EndOperatorSession(ctx context.Context, id, by string, at time.Time) error {
	const op = "memstore.EndOperatorSession"
	return s.do(ctx, op, func() error {
		have := s.sessions.find(ofSession(id))
		if have == nil {
			return notFound(op, s.sessions.what)
		}
		if have.value.EndedAt.IsZero() {
			have.value.EndedBy, have.value.EndedAt = by, millis(at)
		}
		return nil
	})
}

// ForgetOperatorSessions implements store.OperatorSessions.
func (s *Store) ForgetOperatorSessions(ctx context.Context, before time.Time) error {
	return s.do(ctx, "memstore.ForgetOperatorSessions", func() error {
		s.sessions.remove(func(have *store.OperatorSession) bool {
			return !have.ExpiresAt.IsZero() && have.ExpiresAt.Before(millis(before))
		})
		return nil
	})
}

// AddAuditEntry implements store.Audit.
func (s *Store) AddAuditEntry(ctx context.Context, e store.AuditEntry) error {
	const op = "memstore.AddAuditEntry"
	return s.do(ctx, op, func() error {
		return s.audit.add(op, e, func(have *store.AuditEntry) bool { return have.ID == e.ID })
	})
}

// CompleteAuditEntry implements store.Audit.
func (s *Store) CompleteAuditEntry(ctx context.Context, id, outcome string) error {
	return s.do(ctx, "memstore.CompleteAuditEntry", func() error {
		e := s.audit.find(func(have *store.AuditEntry) bool { return have.ID == id })
		if e != nil && e.value.Outcome == "" {
			e.value.Outcome = outcome
		}
		return nil
	})
}

// AuditEntries implements store.Audit.
func (s *Store) AuditEntries(ctx context.Context, q store.AuditQuery) ([]store.AuditEntry, error) {
	return locked(ctx, s, "memstore.AuditEntries", func() ([]store.AuditEntry, error) {
		list := s.audit.list(func(e *store.AuditEntry) bool {
			return (q.Apps == nil || slices.Contains(q.Apps, e.App)) && (q.Before == "" || e.ID < q.Before)
		})
		slices.SortFunc(list, func(a, b store.AuditEntry) int { return strings.Compare(b.ID, a.ID) })
		return list[:min(len(list), max(q.Limit, 0), maxPage)], nil
	})
}
