package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/minitill/minitill/bridge"
)

// endpointColumns are the values of insertEndpoint before app and id, and those of
// updateEndpoint before app, id and version.
func endpointColumns(op string, e *bridge.Endpoint) ([]any, error) {
	events, err := encode(op, e.Events)
	if err != nil {
		return nil, err
	}
	return append(make([]any, 0, 13),
		e.URL, e.Description, events, e.Secret, e.Previous, millis(e.PreviousUntil), bit(e.Disabled),
		e.DisabledReason, millis(e.FailingSince),
	), nil
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// storedEndpoint is an endpoint as it will be read again: its times in UTC, to the
// millisecond, and no events for all of them.
func storedEndpoint(e bridge.Endpoint) bridge.Endpoint {
	for _, t := range []*time.Time{&e.PreviousUntil, &e.FailingSince, &e.CreatedAt} {
		*t = fromMillis(millis(*t))
	}
	if len(e.Events) == 0 {
		e.Events = nil
	}
	return e
}

// Endpoints returns the webhook endpoints of all apps, in the order of creation, and
// their version, both of one snapshot.
//
// Faults: Unavailable.
func (s *Store) Endpoints(ctx context.Context) ([]bridge.Endpoint, int64, error) {
	const op = "sqlstore.Endpoints"
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return nil, 0, asFault(op, err)
	}
	tx, err := s.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, 0, asFault(op, err)
	}
	defer func() { _ = tx.Rollback() }()
	var version int64
	if err := tx.QueryRowContext(ctx, readRegistry).Scan(&version); err != nil {
		return nil, 0, asFault(op, err)
	}
	rows, err := tx.QueryContext(ctx, readEndpoints)
	if err != nil {
		return nil, 0, asFault(op, err)
	}
	list, err := collect(rows, func() (bridge.Endpoint, error) {
		e, _, err := scanEndpoint(op, rows)
		return e, err
	})
	s.recent.sawEndpoints(version)
	return list, version, asFault(op, err)
}

// raise raises the version of the endpoints after one of them was changed.
func raise(w *conn, err error) error {
	if err == nil {
		_, err = w.exec(raiseRegistry)
	}
	return err
}

func scanEndpoint(op string, row interface{ Scan(dest ...any) error }) (e bridge.Endpoint, version int64, err error) {
	var events []byte
	var until, since, createdAt any
	err = row.Scan(&e.ID, &e.App, &version, &e.URL, &e.Description, &events, &e.Secret, &e.Previous, &until,
		&e.Disabled, &e.DisabledReason, &since, &createdAt)
	if err != nil {
		return e, 0, err
	}
	e.PreviousUntil, e.FailingSince, e.CreatedAt = fromMillis(until), fromMillis(since), fromMillis(createdAt)
	err = decode(op, events, &e.Events)
	return storedEndpoint(e), version, err
}

// AddEndpoint stores a new endpoint, together with the claim, which may be nil.
//
// Faults: Conflict when the app has an endpoint of that id; Unavailable; Unknown.
func (s *Store) AddEndpoint(ctx context.Context, e bridge.Endpoint, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "sqlstore.AddEndpoint"
	columns, err := endpointColumns(op, &e)
	if err != nil {
		return bridge.Claim{}, err
	}
	columns = append(columns, millis(e.CreatedAt), e.App, e.ID)
	defer s.recent.forget()
	return s.claimed(ctx, op, claim, func(w *conn) error {
		_, err := w.exec(insertEndpoint, columns...)
		return raise(w, err)
	})
}

// UpdateEndpoint gives change the endpoint as it is and stores what it leaves behind.
// As with orders, change runs again when another process was quicker, so it touches
// nothing but its argument and the claim's answer. It does not run when the claim is
// held already. ID, App and CreatedAt stay as they are.
//
// Faults: NotFound; Unavailable; Unknown.
func (s *Store) UpdateEndpoint(ctx context.Context, app, id string, claim *bridge.Claim, change func(*bridge.Endpoint) error) (bridge.Endpoint, bridge.Claim, error) {
	const op = "sqlstore.UpdateEndpoint"
	lane, err := s.lanes.enter(ctx, bridge.OrderID(id)) // which no order shares
	if err != nil {
		return bridge.Endpoint{}, bridge.Claim{}, asFault(op, err)
	}
	defer s.lanes.leave(bridge.OrderID(id), lane)
	return updateEndpointIn(ctx, s, op, endpointUpdate{app, id, claim, change})
}

type endpointUpdate struct {
	app, id string
	claim   *bridge.Claim
	change  func(*bridge.Endpoint) error
}

// registered is what an update of an endpoint needs of a database, whichever it is.
type registered interface {
	claimant
	endpoint(ctx context.Context, op, app, id string) (bridge.Endpoint, int64, error)
	// commitEndpoint returns errStale when the endpoint has another version by now, or
	// the claim's key was taken.
	commitEndpoint(ctx context.Context, op string, e *bridge.Endpoint, version int64, claim *bridge.Claim) error
}

func updateEndpointIn(ctx context.Context, in registered, op string, u endpointUpdate) (bridge.Endpoint, bridge.Claim, error) {
	return updateRow(ctx, in, op, rowUpdate[bridge.Endpoint]{
		claim: u.claim,
		read:  func() (bridge.Endpoint, int64, error) { return in.endpoint(ctx, op, u.app, u.id) },
		try: func(e *bridge.Endpoint, version int64) error {
			return tryEndpoint(ctx, in, op, e, version, &u)
		},
	})
}

// tryEndpoint leaves e as it was unless it was stored.
func tryEndpoint(ctx context.Context, in registered, op string, e *bridge.Endpoint, version int64, u *endpointUpdate) error {
	next := *e
	if err := u.change(&next); err != nil {
		return err
	}
	next.ID, next.App, next.CreatedAt = e.ID, e.App, e.CreatedAt
	if err := in.commitEndpoint(ctx, op, &next, version, u.claim); err != nil {
		return err
	}
	*e = storedEndpoint(next)
	return nil
}

func (s *Store) endpoint(ctx context.Context, op, app, id string) (bridge.Endpoint, int64, error) {
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return bridge.Endpoint{}, 0, asFault(op, err)
	}
	e, version, err := scanEndpoint(op, s.reader.QueryRowContext(ctx, readEndpoint, app, id))
	return e, version, asFault(op, err)
}

func (s *Store) commitEndpoint(ctx context.Context, op string, e *bridge.Endpoint, version int64, claim *bridge.Claim) error {
	columns, err := endpointColumns(op, e)
	if err != nil {
		return err
	}
	columns = append(columns, e.App, e.ID, version)
	defer s.recent.forget()
	return s.writer.do(ctx, op, func(w *conn) error {
		if claim != nil {
			if _, taken, err := take(w, insertClaim, *claim); err != nil || taken {
				return staleOr(err)
			}
		}
		n, err := w.exec(updateEndpoint, columns...)
		if err == nil && n == 0 {
			err = errStale
		}
		return raise(w, err)
	})
}

func staleOr(err error) error {
	if err == nil {
		return errStale
	}
	return err
}
