package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// The statements of endpoints. A write hangs on k, which hangs on t: see claimedTask.
const (
	pgEndpointColumns = `select id, app, version, url, description, events, secret, previous, previous_until,
		disabled, disabled_reason, failing_since, created_at from endpoints`
	pgReadEndpoints = `select r.version, e.id, e.app, e.version, e.url, e.description, e.events, e.secret, e.previous,
		e.previous_until, e.disabled, e.disabled_reason, e.failing_since, e.created_at
		from registry as r left join endpoints as e on true where r.id = 1 order by e.position`
	pgReadEndpoint = pgEndpointColumns + ` where app = $1 and id = $2`

	// $4 bounds the messages. The endpoint goes when there were fewer.
	pgRemoveEndpoint = `with m as (update outbox set status = 'dead', run_at = null, note = $1
			where position = any(array(select position from outbox
				where app = $2 and endpoint = $3 and status = 'undelivered' limit $4)) returning 1),
		o as (delete from endpoints where app = $2 and id = $3 and (select count(*) from m) < $4 returning 1),
		v as (update registry set version = version + 1 from o where registry.id = 1)
		select (select count(*) from m), (select count(*) from o)`

	partNothing      = `t as (select 1)`
	partMessageThere = `t as (select 1 from outbox where app = ? and id = ? for update)`
	partMessageDead  = `t as (select 1 from outbox where app = ? and id = ? and status in ('dead', 'dismissed') for update)`
	partEndpointAsIs = `t as (select 1 from endpoints where app = ? and id = ? and version = ? for update)`
	partNoClaim      = `k as (select 1 from t)`
	partClaimOfAny   = `k as (insert into claims (scope, key, digest, order_id, created_at, status, body)
		select ?, ?, ?, ?, ?, ?, ? from t on conflict do nothing returning 1)`
	partReplay = `o as (update outbox set status = 'undelivered', run_at = ?, created_at = ?, attempts = 0, note = '',
		tried_at = null, dismissed_by = '', dismissed_note = '', dismissed_at = null
		from k where app = ? and id = ? returning 1)`
	partDismiss = `o as (update outbox set status = 'dismissed', dismissed_by = case status when 'dead' then ? else dismissed_by end,
		dismissed_note = case status when 'dead' then ? else dismissed_note end,
		dismissed_at = case status when 'dead' then ? else dismissed_at end from k where app = ? and id = ? returning 1)`
	partEndpoint = `o as (insert into endpoints (url, description, events, secret, previous, previous_until, disabled,
		disabled_reason, failing_since, created_at, app, id, version)
		select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1 from k returning 1)`
	partRaise        = `v as (update registry set version = version + 1 from o where registry.id = 1)`
	partNextEndpoint = `o as (update endpoints set url = ?, description = ?, events = ?, secret = ?, previous = ?,
		previous_until = ?, disabled = ?, disabled_reason = ?, failing_since = ?, version = version + 1
		from k where app = ? and id = ? and version = ? returning 1)`
)

// Endpoints returns the webhook endpoints of all apps, in the order of creation, and
// their version, both of one snapshot: a row without an endpoint brings the version when
// there are none.
//
// Faults: Unavailable.
func (s *Postgres) Endpoints(ctx context.Context) ([]bridge.Endpoint, int64, error) {
	const op = "sqlstore.Endpoints"
	var version int64
	rows, err := query(ctx, s, func(row pgx.CollectableRow) (*bridge.Endpoint, error) {
		values := row.RawValues()
		if values[1] == nil {
			return nil, row.Scan(append([]any{&version}, make([]any, len(values)-1)...)...)
		}
		e, err := collectEndpoint(op, row, &version)
		return &e.Endpoint, err
	}, pgReadEndpoints)
	if err != nil {
		return nil, 0, postgresFault(op, err)
	}
	var list []bridge.Endpoint
	for _, e := range rows {
		if e != nil {
			list = append(list, *e)
		}
	}
	s.recent.sawEndpoints(version)
	return list, version, nil
}

// endpointRow is an endpoint with the version of its row.
type endpointRow struct {
	bridge.Endpoint
	version int64
}

// collectEndpoint reads an endpoint whose columns come behind those of first.
func collectEndpoint(op string, row pgx.CollectableRow, first ...any) (e endpointRow, err error) {
	var events []byte
	var disabled int64
	var until, since, createdAt *int64
	err = row.Scan(append(first, &e.ID, &e.App, &e.version, &e.URL, &e.Description, &events, &e.Secret, &e.Previous, &until,
		&disabled, &e.DisabledReason, &since, &createdAt)...)
	if err != nil {
		return e, err
	}
	for _, text := range []*string{&e.ID, &e.App, &e.URL, &e.Description, &e.Secret, &e.Previous, &e.DisabledReason} {
		*text = original(*text)
	}
	e.Disabled = disabled != 0
	e.PreviousUntil, e.FailingSince, e.CreatedAt = fromNullable(until), fromNullable(since), fromNullable(createdAt)
	err = decode(op, events, &e.Events)
	e.Endpoint = storedEndpoint(e.Endpoint)
	return e, err
}

// AddEndpoint stores a new endpoint, together with the claim, which may be nil.
//
// Faults: Conflict when the app has an endpoint of that id; Unavailable; Unknown.
func (s *Postgres) AddEndpoint(ctx context.Context, e bridge.Endpoint, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "sqlstore.AddEndpoint"
	columns, err := endpointColumns(op, &e)
	if err != nil {
		return bridge.Claim{}, err
	}
	t := claimedTask(op, part{text: partNothing}, claim, part{partEndpoint, append(columns, millis(e.CreatedAt), e.App, e.ID)},
		part{text: partRaise})
	t.registry = changesRegistry
	defer s.recent.forget()
	held, err := s.claimed(ctx, t)
	if t.doubted && fault.KindOf(err) == fault.Conflict {
		return held, s.recallEndpoint(ctx, op, &e, err)
	}
	return held, err
}

// recallEndpoint tells whether a doubted endpoint is the one that was stored: nil when
// an equal one is there, otherwise what the database said.
func (s *Postgres) recallEndpoint(ctx context.Context, op string, e *bridge.Endpoint, said error) error {
	there, _, err := s.endpoint(ctx, op, e.App, e.ID)
	if err != nil {
		return unknown(op, err)
	}
	if there.CreatedAt.UnixMilli() == e.CreatedAt.UnixMilli() && there.Secret == e.Secret && there.URL == e.URL {
		return nil
	}
	return said
}

// UpdateEndpoint gives change the endpoint as it is and stores what it leaves behind.
// As with orders, change runs again when another node was quicker, so it touches
// nothing but its argument and the claim's answer. It does not run when the claim is
// held already. ID, App and CreatedAt stay as they are.
//
// Faults: NotFound; Unavailable; Unknown when the database was lost during the commit
// and, without a claim, when only its answer was.
func (s *Postgres) UpdateEndpoint(ctx context.Context, app, id string, claim *bridge.Claim, change func(*bridge.Endpoint) error) (bridge.Endpoint, bridge.Claim, error) {
	const op = "sqlstore.UpdateEndpoint"
	lane, err := s.lanes.enter(ctx, bridge.OrderID(id)) // which no order shares
	if err != nil {
		return bridge.Endpoint{}, bridge.Claim{}, unavailable(op, err)
	}
	defer s.lanes.leave(bridge.OrderID(id), lane)
	return updateEndpointIn(ctx, s, op, endpointUpdate{app, id, claim, change})
}

func (s *Postgres) endpoint(ctx context.Context, op, app, id string) (bridge.Endpoint, int64, error) {
	found, err := query(ctx, s, func(row pgx.CollectableRow) (endpointRow, error) {
		return collectEndpoint(op, row)
	}, pgReadEndpoint, app, id)
	if err == nil && len(found) == 0 {
		err = pgx.ErrNoRows
	}
	if err != nil {
		return bridge.Endpoint{}, 0, postgresFault(op, err)
	}
	return found[0].Endpoint, found[0].version, nil
}

func (s *Postgres) commitEndpoint(ctx context.Context, op string, e *bridge.Endpoint, version int64, claim *bridge.Claim) error {
	columns, err := endpointColumns(op, e)
	if err != nil {
		return err
	}
	t := claimedTask(op, part{partEndpointAsIs, []any{e.App, e.ID, version}}, claim,
		part{partNextEndpoint, append(columns, e.App, e.ID, version)}, part{text: partRaise})
	t.registry = changesRegistry
	defer s.recent.forget()
	_, err = s.claimed(ctx, t)
	switch {
	case err == nil && t.rows == 0: // the key was taken, perhaps by the try that was doubted
		return errStale
	case t.doubted && errors.Is(err, errStale):
		return unknown(op, errNoClaim)
	}
	return err
}

var errNoClaim = errors.New("an update without a claim cannot be recognized")

// RemoveEndpoint forgets an endpoint. Its undelivered messages die a few in each commit
// and it goes with the last of them, so that one that was removed half-way is removed
// by removing it again.
//
// Faults: NotFound; Unavailable; Unknown.
func (s *Postgres) RemoveEndpoint(ctx context.Context, app, id string) error {
	const op = "sqlstore.RemoveEndpoint"
	if _, _, err := s.endpoint(ctx, op, app, id); err != nil {
		return err
	}
	defer s.recent.forget()
	for killed := int64(removedTogether); killed == removedTogether; {
		var removed int64
		t := &task{op: op, text: pgRemoveEndpoint, args: []any{noteRemoved, app, id, int64(removedTogether)}, registry: changesRegistry}
		t.read = func(found pgx.Rows) error {
			for found.Next() {
				if err := found.Scan(&killed, &removed); err != nil {
					return err
				}
			}
			t.rows = killed + removed
			return found.Err()
		}
		if err := s.writeAlone(ctx, t); err != nil {
			return err
		}
		if killed < removedTogether && removed == 0 && !t.doubted {
			return fault.New(fault.NotFound, op, "There is no such endpoint.")
		}
	}
	return nil
}

// DueEndpoints returns the endpoints that have messages whose RunAt has passed, each
// once. One of them may have none to claim as yet, when each waits for an older one of
// its order. Its cost goes by endpoints with undelivered messages, not by messages.
//
// Faults: Unavailable.
func (s *Postgres) DueEndpoints(ctx context.Context, now time.Time) ([]bridge.EndpointKey, error) {
	keys, err := query(ctx, s, func(row pgx.CollectableRow) (k bridge.EndpointKey, err error) {
		err = row.Scan(&k.App, &k.Endpoint)
		return k, err
	}, pgReadDueEndpoints, now.UnixMilli())
	return keys, postgresFault("sqlstore.DueEndpoints", err)
}
