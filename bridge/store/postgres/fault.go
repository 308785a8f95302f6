package postgres

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/minitill/minitill/bridge/store/internal/rows"
	"github.com/minitill/minitill/fault"
)

// notSent is an error before anything was sent: no connection could be acquired.
type notSent struct{ error }

func (e *notSent) Unwrap() error { return e.error }

// lost is an error after something was sent: the connection was lost, and the outcome of
// a commit on it is unknown.
type lost struct{ error }

func (e *lost) Unwrap() error { return e.error }

// errBatchRejected reports that the server rejected a batch because of one request in it.
var errBatchRejected = errors.New("batch rejected")

// sent classifies the error of a batch that was sent on c. A server that rejects it says
// so and has rolled back; a connection that is closed afterwards was lost. A pooler may lose the server and keep us, and reports that (class 08, 40003).
//
// pgconn.SafeToRetry is of no use here: of a batch that was sent and whose connection
// was lost, pgx may say "conn closed", which it holds safe.
func sent(c *pgx.Conn, err error) error {
	switch code := codeOf(err); {
	case err == nil:
		return nil
	case c.IsClosed(), strings.HasPrefix(code, "08"), code == "40003":
		return &lost{err}
	}
	return err
}

// codeOf is the SQLSTATE of a refusal; empty for other errors.
func codeOf(err error) string {
	var refusal *pgconn.PgError
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

func isNotSent(err error) bool {
	var e *notSent
	return errors.As(err, &e)
}

func isLost(err error) bool {
	var e *lost
	return errors.As(err, &e)
}

// collided reports whether the server undid a transaction for the sake of another, so that
// the same may be tried again.
func collided(err error) bool {
	code := codeOf(err)
	return code == "40001" || code == "40P01"
}

// postgresFault gives an error its meaning where nothing was to be stored, or surely
// nothing was. The cause, which may hold SQL, is for the log.
func postgresFault(op string, err error) error {
	var known *fault.Error
	var refused *pgconn.ConnectError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, pgx.ErrNoRows):
		return fault.Wrap(fault.NotFound, op, err)
	case errors.As(err, &refused), isNotSent(err), isLost(err), collided(err), codeOf(err) == "":
		return rows.Unavailable(op, err)
	}
	return refusalFault(op, err)
}

// unavailable are the SQLSTATEs, or their classes, of a server that cannot work at present:
// no connection, a standby, a row locked for too long, lack of resources, an
// operator's intervention, a failing system.
var unavailable = []string{"08", "25", "55P03", "53", "57", "58"}

func refusalFault(op string, err error) error {
	code := codeOf(err)
	for _, class := range unavailable {
		if strings.HasPrefix(code, class) {
			return rows.Unavailable(op, err)
		}
	}
	if strings.HasPrefix(code, "23") {
		return fault.Wrap(fault.Conflict, op, err)
	}
	return fault.Wrap(fault.Internal, op, err)
}
