package store

import (
	"context"
	"time"
)

// OperatorSessions is the part of a store that keeps who is signed in to the console.
type OperatorSessions interface {
	// AddOperatorSession stores a new session.
	//
	// Faults: Conflict when its id or digest is there already.
	AddOperatorSession(ctx context.Context, s OperatorSession) error

	// OperatorSession returns the session with that digest, ended or not.
	//
	// Faults: NotFound.
	OperatorSession(ctx context.Context, digest [32]byte) (OperatorSession, error)

	// OperatorSessions returns the sessions of an operator, the oldest first.
	OperatorSessions(ctx context.Context, operator string) ([]OperatorSession, error)

	// UseOperatorSession stores when a session was last used. It writes at most once in
	// SessionUsePeriod.
	UseOperatorSession(ctx context.Context, id string, at time.Time) error

	// EndOperatorSession ends a session and stores who did it. The first end stays.
	//
	// Faults: NotFound.
	EndOperatorSession(ctx context.Context, id, by string, at time.Time) error

	// ForgetOperatorSessions deletes the sessions that expired before a time.
	ForgetOperatorSessions(ctx context.Context, before time.Time) error
}

// SessionUsePeriod is the precision with which a store records the last use of a session.
const SessionUsePeriod = time.Minute

// OperatorSession is one browser of an operator. Its token is in the browser's cookie only.
type OperatorSession struct {
	ID        string   // ses_…
	Digest    [32]byte // SHA-256 of the token
	Operator  string   // opr_…
	Method    string   // how the operator signed in: password, oidc, recovery code or link
	Address   string   // of the browser when it signed in
	Agent     string   // the browser, as it names itself
	CreatedAt time.Time
	UsedAt    time.Time // the last use, by SessionUsePeriod
	ExpiresAt time.Time // the absolute end
	EndedBy   string
	EndedAt   time.Time // zero unless it was ended before it expired
}

// Audit is the part of a store that keeps what operators did. Entries are never deleted.
type Audit interface {
	// AddAuditEntry stores an entry.
	//
	// Faults: Conflict when its id is there already.
	AddAuditEntry(ctx context.Context, e AuditEntry) error

	// CompleteAuditEntry stores what became of the action of an entry. The first outcome
	// stays.
	CompleteAuditEntry(ctx context.Context, id, outcome string) error

	// AuditEntries returns entries that match, the newest first.
	AuditEntries(ctx context.Context, q AuditQuery) ([]AuditEntry, error)
}

// AuditEntry is one action of an operator or of an API key. It is stored before the action is
// executed.
type AuditEntry struct {
	ID       string // aud_…, sorts by time
	App      string // whose data it concerns; empty for the installation as a whole
	Operator string // the name, or the API key; for a failed sign-in the one that was given
	Action   string
	Subject  string // the id of what it was done to
	Reason   string // as the operator gave it
	Request  string // the request id, which log lines have too
	Address  string
	At       time.Time
	Outcome  string // done, or a fault's code, with the rows of an export; empty while it is under way, or when the process stopped
}

// AuditQuery selects entries of the audit log.
type AuditQuery struct {
	Apps   []string // nil: of all apps and of the installation
	Before string   // older than the entry of this id
	Limit  int
}
