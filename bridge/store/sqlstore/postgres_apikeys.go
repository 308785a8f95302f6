package sqlstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// The statements of API keys.
const (
	pgKeyColumns = `select id, app, name, digest, scopes, networks, created_by, created_at, expires_at,
		used_at, revoked_by, revoked_at from api_keys`
	pgReadAPIKey    = pgKeyColumns + ` where digest = $1`
	pgReadAPIKeys   = pgKeyColumns + ` order by position`
	pgReadKeysOfApp = pgKeyColumns + ` where app = $1 order by position`
	pgInsertAPIKey  = `insert into api_keys (id, app, name, digest, scopes, networks, created_by, created_at, expires_at,
		used_at, revoked_by, revoked_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	pgRevokeAPIKey = `update api_keys set revoked_by = case when revoked_at is null then $1 else revoked_by end,
		revoked_at = coalesce(revoked_at, $2) where id = $3`
	pgUseAPIKey = `update api_keys set used_at = $1 where id = $2 and (used_at is null or used_at <= $3)`
)

// AddAPIKey stores a new key.
//
// Faults: Conflict when its id or digest is there already; Unavailable; Unknown.
func (s *Postgres) AddAPIKey(ctx context.Context, k bridge.APIKey) error {
	const op = "sqlstore.AddAPIKey"
	columns, err := keyColumns(op, &k)
	if err != nil {
		return err
	}
	t := &task{op: op, text: pgInsertAPIKey, args: columns}
	err = s.writeAlone(ctx, t)
	if !t.doubted || fault.KindOf(err) != fault.Conflict {
		return err
	}
	if there, again := s.APIKey(ctx, k.Digest); again == nil && there.ID == k.ID {
		return nil // stored by the try that was doubted: nobody else has this digest
	}
	return err
}

// APIKey returns the key with that digest, revoked or not.
//
// Faults: NotFound; Unavailable.
func (s *Postgres) APIKey(ctx context.Context, digest [32]byte) (bridge.APIKey, error) {
	const op = "sqlstore.APIKey"
	keys, err := s.keys(ctx, op, pgReadAPIKey, digest[:])
	if err == nil && len(keys) == 0 {
		err = pgx.ErrNoRows
	}
	if err != nil {
		return bridge.APIKey{}, postgresFault(op, err)
	}
	return keys[0], nil
}

// APIKeys returns an app's keys, or those of all apps, in the order of creation.
//
// Faults: Unavailable.
func (s *Postgres) APIKeys(ctx context.Context, app string) ([]bridge.APIKey, error) {
	const op = "sqlstore.APIKeys"
	if app == "" {
		return s.keys(ctx, op, pgReadAPIKeys)
	}
	return s.keys(ctx, op, pgReadKeysOfApp, app)
}

func (s *Postgres) keys(ctx context.Context, op, text string, args ...any) ([]bridge.APIKey, error) {
	keys, err := query(ctx, s, func(row pgx.CollectableRow) (bridge.APIKey, error) {
		return collectAPIKey(op, row)
	}, text, args...)
	return keys, postgresFault(op, err)
}

func collectAPIKey(op string, row pgx.CollectableRow) (k bridge.APIKey, err error) {
	var digest, scopes, networks []byte
	var createdAt, expiresAt, usedAt, revokedAt *int64
	if err := row.Scan(&k.ID, &k.App, &k.Name, &digest, &scopes, &networks, &k.CreatedBy, &createdAt, &expiresAt,
		&usedAt, &k.RevokedBy, &revokedAt); err != nil {
		return k, err
	}
	copy(k.Digest[:], digest)
	for _, text := range []*string{&k.ID, &k.App, &k.Name, &k.CreatedBy, &k.RevokedBy} {
		*text = original(*text)
	}
	k.CreatedAt, k.ExpiresAt = fromNullable(createdAt), fromNullable(expiresAt)
	k.UsedAt, k.RevokedAt = fromNullable(usedAt), fromNullable(revokedAt)
	return k, decodeKeyLists(op, scopes, networks, &k)
}

// RevokeAPIKey ends a key and stores who did it. Ending it again changes nothing.
//
// Faults: NotFound; Unavailable; Unknown.
func (s *Postgres) RevokeAPIKey(ctx context.Context, id, by string, at time.Time) error {
	t := &task{op: "sqlstore.RevokeAPIKey", text: pgRevokeAPIKey, args: []any{by, at.UnixMilli(), id}}
	if err := s.writeAlone(ctx, t); err != nil || t.rows > 0 {
		return err
	}
	return fault.New(fault.NotFound, t.op, "There is no such key.")
}

// UseAPIKey stores when a key was last used, at most once in bridge.KeyUsePeriod.
//
// Faults: Unavailable; Unknown.
func (s *Postgres) UseAPIKey(ctx context.Context, id string, at time.Time) error {
	return s.writeAlone(ctx, &task{op: "sqlstore.UseAPIKey", text: pgUseAPIKey, args: useColumns(id, at)})
}
