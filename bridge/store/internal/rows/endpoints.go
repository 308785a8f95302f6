package rows

import (
	"context"
	"errors"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

var endpoints = &table[store.Endpoint]{
	name: "endpoints", what: "endpoint",
	key: []string{"app", "id"}, fixed: []string{"created_at"},
	moving: []string{
		"url", "description", "events", "secret", "previous", "previous_until", "disabled", "disabled_reason", "failing_since",
	},
	fields: func(e *store.Endpoint) fields {
		return fields{
			key: []any{&e.App, &e.ID}, fixed: []any{instant{&e.CreatedAt}},
			moving: []any{
				&e.URL, &e.Description, list[bridge.EventType]{&e.Events}, &e.Secret, &e.Previous, instant{&e.PreviousUntil},
				flag{&e.Disabled}, &e.DisabledReason, instant{&e.FailingSince},
			},
		}
	},
	keep: func(next, before *store.Endpoint) {
		next.ID, next.App, next.CreatedAt = before.ID, before.App, before.CreatedAt
	},
	recognize: recognizeEndpoint,
	endpoints: true,
}

const endpointKey = "app = ? and id = ?"

// Endpoints returns the webhook endpoints of all apps, in the order of creation, and
// their version, both of one snapshot: a row without an endpoint has the version when
// there are none.
//
// Faults: Unavailable.
func (r *Resources) Endpoints(ctx context.Context) (all []store.Endpoint, version int64, err error) {
	q := NewSearch("select r.version, " + endpoints.columns("e.") + " from registry as r left join endpoints as e on true" +
		" where r.id = 1 order by e.position")
	q.Short = true
	found, err := readAll(ctx, r, "store.Endpoints", q, func(row Row) (v versioned[store.Endpoint], err error) {
		dest := []any{&version, orNull{&v.version}}
		for _, f := range endpoints.fields(&v.row).all() {
			dest = append(dest, orNull{f})
		}
		err = row.Scan(dest...)
		return v, err
	})
	if err != nil {
		return nil, 0, err
	}
	for _, v := range found {
		if v.version > 0 {
			all = append(all, v.row)
		}
	}
	r.changes.recent.sawEndpoints(version)
	return all, version, nil
}

// AddEndpoint stores a new endpoint, together with the claim, which may be nil.
//
// Faults: Conflict when the app has an endpoint of that id; Unavailable; Unknown.
func (r *Resources) AddEndpoint(ctx context.Context, e store.Endpoint, claim *bridge.Claim) (bridge.Claim, error) {
	defer r.changes.Clear()
	return endpoints.add(ctx, r, "store.AddEndpoint", &e, claim)
}

var errNoClaim = errors.New("an update without a claim cannot be recognized")

// recognizeEndpoint recognizes a new endpoint by its secret, and an update not at all: a
// claim would have shown that it was stored.
func recognizeEndpoint(ctx context.Context, t *table[store.Endpoint], r *Resources, op string, e *store.Endpoint, _ int64, cause error) error {
	if errors.Is(cause, ErrStale) {
		return Unknown(op, errNoClaim)
	}
	there, _, err := t.get(ctx, r, op, endpointKey, e.App, e.ID)
	if err != nil {
		return Unknown(op, err)
	}
	if there.CreatedAt.UnixMilli() == e.CreatedAt.UnixMilli() && there.Secret == e.Secret && there.URL == e.URL {
		return nil
	}
	return cause
}

// UpdateEndpoint gives change the endpoint as it is and stores what it leaves behind.
// As with orders, change runs again after a conflict, so it touches
// nothing but its argument and the claim's answer. It does not run when the claim is
// held already. ID, App and CreatedAt stay as they are.
//
// Faults: NotFound; Unavailable; Unknown when the database was lost during the commit
// and, without a claim, when only its answer was.
func (r *Resources) UpdateEndpoint(ctx context.Context, app, id string, claim *bridge.Claim, change func(*store.Endpoint) error) (store.Endpoint, bridge.Claim, error) {
	defer r.changes.Clear()
	return endpoints.update(ctx, r, "store.UpdateEndpoint", &update[store.Endpoint]{
		lane: id, where: endpointKey, args: []any{app, id}, claim: claim,
		change: func(e *store.Endpoint) (*bridge.KeyAnswer, error) { return nil, change(e) },
	})
}

// NoteRemoved is why a message of an endpoint that was removed is dead.
const NoteRemoved = "the endpoint was removed"

// RemoveStep bounds the messages that one commit of RemoveEndpoint writes.
const RemoveStep = 500

// RemoveEndpoint forgets an endpoint. Its undelivered messages become dead a few in
// each commit, and it is removed with the last of them, so that one that was removed
// half-way is removed by removing it again. step makes one commit and returns how many
// messages it wrote.
//
// Faults: NotFound; those of step.
func RemoveEndpoint(ctx context.Context, r *Resources, op, app, id string, step func() (int64, error)) error {
	if _, _, err := endpoints.get(ctx, r, op, endpointKey, app, id); err != nil {
		return err
	}
	defer r.changes.Clear()
	for {
		if n, err := step(); err != nil || n < RemoveStep {
			return err
		}
	}
}

// DueEndpoints returns the endpoints that have messages whose RunAt has passed, each
// once. An endpoint may have none to claim as yet, when each waits for an older one of
// its order. The cost depends on the endpoints with undelivered messages, not on the
// messages.
//
// Faults: Unavailable.
func (r *Resources) DueEndpoints(ctx context.Context, now time.Time) ([]store.EndpointKey, error) {
	due := NewSearch(r.dialect.DueEndpoints, now.UnixMilli())
	return readAll(ctx, r, "store.DueEndpoints", due, func(row Row) (k store.EndpointKey, err error) {
		err = row.Scan(&k.App, &k.Endpoint)
		return k, err
	})
}
