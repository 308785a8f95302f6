package rows

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

const (
	sessionColumns = "id, digest, operator, method, address, agent, created_at, used_at, expires_at, ended_by, ended_at"
	readSessions   = "select " + sessionColumns + " from operator_sessions"
	insertSession  = "insert into operator_sessions (" + sessionColumns + ") values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	useSession     = "update operator_sessions set used_at = ? where id = ? and (used_at is null or used_at <= ?)"
	endSession     = `update operator_sessions set ended_by = case when ended_at is null then ? else ended_by end,
		ended_at = coalesce(ended_at, ?) where id = ?`
	forgetSessions = "delete from operator_sessions where expires_at < ?"

	auditColumns  = "id, app, operator, action, subject, reason, request, address, at, outcome"
	readAudit     = "select " + auditColumns + " from audit"
	insertAudit   = "insert into audit (" + auditColumns + ") values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	completeAudit = "update audit set outcome = ? where id = ? and outcome = ''"
)

// sessionFields returns the parts of a session in the order of sessionColumns.
func sessionFields(s *store.OperatorSession, digest *[]byte) []any {
	return []any{
		&s.ID, digest, &s.Operator, &s.Method, &s.Address, &s.Agent,
		instant{&s.CreatedAt}, instant{&s.UsedAt}, instant{&s.ExpiresAt}, &s.EndedBy, instant{&s.EndedAt},
	}
}

func scanSession(row Row) (s store.OperatorSession, err error) {
	var digest []byte
	err = row.Scan(sessionFields(&s, &digest)...)
	copy(s.Digest[:], digest)
	return s, err
}

// AddOperatorSession stores a new session.
//
// Faults: Conflict when its id or digest is there already; Unavailable; Unknown.
func (r *Resources) AddOperatorSession(ctx context.Context, session store.OperatorSession) error {
	digest := session.Digest[:]
	args, err := storedAll(nil, sessionFields(&session, &digest))
	if err != nil {
		return err
	}
	s := &Statement{Op: "store.AddOperatorSession", Text: insertSession, Args: args}
	_, err = r.db.Exec(ctx, s)
	if !s.Retried || fault.KindOf(err) != fault.Conflict {
		return err
	}
	if there, again := r.OperatorSession(ctx, session.Digest); again == nil && there.ID == session.ID {
		return nil // an earlier attempt has stored it: no other session has this digest
	}
	return err
}

// OperatorSession returns the session with that digest, ended or not.
//
// Faults: NotFound; Unavailable.
func (r *Resources) OperatorSession(ctx context.Context, digest [32]byte) (store.OperatorSession, error) {
	return readOne(ctx, r, "store.OperatorSession", "session", NewSearch(readSessions+" where digest = ?", digest[:]), scanSession)
}

// OperatorSessions returns the sessions of an operator, the oldest first.
//
// Faults: Unavailable.
func (r *Resources) OperatorSessions(ctx context.Context, operator string) ([]store.OperatorSession, error) {
	q := NewSearch(readSessions+" where operator = ? order by id", operator)
	return readAll(ctx, r, "store.OperatorSessions", q, scanSession)
}

// UseOperatorSession stores when a session was last used, at most once in
// store.SessionUsePeriod.
//
// Faults: Unavailable; Unknown.
func (r *Resources) UseOperatorSession(ctx context.Context, id string, at time.Time) error {
	args := []any{at.UnixMilli(), id, at.Add(-store.SessionUsePeriod).UnixMilli()}
	_, err := r.db.Exec(ctx, &Statement{Op: "store.UseOperatorSession", Text: useSession, Args: args})
	return err
}

// EndOperatorSession ends a session and stores who did it. The first end stays.
//
// Faults: NotFound; Unavailable; Unknown.
func (r *Resources) EndOperatorSession(ctx context.Context, id, by string, at time.Time) error {
	const op = "store.EndOperatorSession"
	n, err := r.db.Exec(ctx, &Statement{Op: op, Text: endSession, Args: []any{by, at.UnixMilli(), id}})
	if err == nil && n == 0 {
		return NotFound(op, "session")
	}
	return err
}

// ForgetOperatorSessions deletes the sessions that expired before a time.
//
// Faults: Unavailable; Unknown.
func (r *Resources) ForgetOperatorSessions(ctx context.Context, before time.Time) error {
	_, err := r.db.Exec(ctx, &Statement{Op: "store.ForgetOperatorSessions", Text: forgetSessions, Args: []any{before.UnixMilli()}})
	return err
}

// auditFields returns the parts of an entry in the order of auditColumns.
func auditFields(e *store.AuditEntry) []any {
	return []any{
		&e.ID, &e.App, &e.Operator, &e.Action, &e.Subject, &e.Reason, &e.Request, &e.Address, instant{&e.At}, &e.Outcome,
	}
}

func scanAudit(row Row) (e store.AuditEntry, err error) {
	err = row.Scan(auditFields(&e)...)
	return e, err
}

// AddAuditEntry stores an entry.
//
// Faults: Conflict when its id is there already; Unavailable; Unknown.
func (r *Resources) AddAuditEntry(ctx context.Context, e store.AuditEntry) error {
	args, err := storedAll(nil, auditFields(&e))
	if err != nil {
		return err
	}
	s := &Statement{Op: "store.AddAuditEntry", Text: insertAudit, Args: args}
	_, err = r.db.Exec(ctx, s)
	if s.Retried && fault.KindOf(err) == fault.Conflict {
		return nil // an earlier attempt has stored it: ids are random
	}
	return err
}

// CompleteAuditEntry stores what became of the action of an entry. The first outcome stays.
//
// Faults: Unavailable; Unknown.
func (r *Resources) CompleteAuditEntry(ctx context.Context, id, outcome string) error {
	_, err := r.db.Exec(ctx, &Statement{Op: "store.CompleteAuditEntry", Text: completeAudit, Args: []any{outcome, id}})
	return err
}

// AuditEntries returns entries that match, the newest first.
//
// Faults: Unavailable.
func (r *Resources) AuditEntries(ctx context.Context, q store.AuditQuery) ([]store.AuditEntry, error) {
	if q.Apps != nil && len(q.Apps) == 0 {
		return nil, nil
	}
	before := cmp.Or(q.Before, lastID)
	s := NewSearch(readAudit+" where id < ?", before)
	if q.Apps != nil {
		s.Add(" and app in (")
		for i, app := range q.Apps {
			s.Add(strings.Repeat(", ", min(i, 1))+"?", app)
		}
		s.Add(")")
	}
	return readAll(ctx, r, "store.AuditEntries", s.Add(" order by id desc limit ?", PageSize(q.Limit)), scanAudit)
}
