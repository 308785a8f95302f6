package rows

import (
	"context"
	"net/netip"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

const (
	keyColumns = "id, app, name, digest, scopes, networks, created_by, created_at, expires_at, used_at, revoked_by, revoked_at"
	readKeys   = "select " + keyColumns + " from api_keys"
	insertKey  = "insert into api_keys (" + keyColumns + ") values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	revokeKey  = `update api_keys set revoked_by = case when revoked_at is null then ? else revoked_by end,
		revoked_at = coalesce(revoked_at, ?) where id = ?`
	useKey = `update api_keys set used_at = ? where id = ? and (used_at is null or used_at <= ?)`
)

// keyFields returns the parts of a key in the order of keyColumns, its digest apart.
func keyFields(k *store.APIKey, digest *[]byte) []any {
	return []any{
		&k.ID, &k.App, &k.Name, digest, document[[]store.Scope]{&k.Scopes}, list[netip.Prefix]{&k.Networks}, &k.CreatedBy,
		instant{&k.CreatedAt}, instant{&k.ExpiresAt}, instant{&k.UsedAt}, &k.RevokedBy, instant{&k.RevokedAt},
	}
}

func scanKey(row Row) (k store.APIKey, err error) {
	var digest []byte
	err = row.Scan(keyFields(&k, &digest)...)
	copy(k.Digest[:], digest)
	return k, err
}

// AddAPIKey stores a new key.
//
// Faults: Conflict when its id or digest is there already; Unavailable; Unknown.
func (r *Resources) AddAPIKey(ctx context.Context, k store.APIKey) error {
	digest := k.Digest[:]
	args, err := storedAll(nil, keyFields(&k, &digest))
	if err != nil {
		return err
	}
	s := &Statement{Op: "store.AddAPIKey", Text: insertKey, Args: args}
	_, err = r.db.Exec(ctx, s)
	if !s.Retried || fault.KindOf(err) != fault.Conflict {
		return err
	}
	if there, again := r.APIKey(ctx, k.Digest); again == nil && there.ID == k.ID {
		return nil // an earlier attempt has stored it: no other key has this digest
	}
	return err
}

// APIKey returns the key with that digest, revoked or not.
//
// Faults: NotFound; Unavailable.
func (r *Resources) APIKey(ctx context.Context, digest [32]byte) (store.APIKey, error) {
	return readOne(ctx, r, "store.APIKey", "key", NewSearch(readKeys+" where digest = ?", digest[:]), scanKey)
}

// APIKeys returns an app's keys, or those of all apps, in the order of creation.
//
// Faults: Unavailable.
func (r *Resources) APIKeys(ctx context.Context, app string) ([]store.APIKey, error) {
	q := NewSearch(readKeys)
	if app != "" {
		q.Add(" where app = ?", app)
	}
	return readAll(ctx, r, "store.APIKeys", q.Add(" order by position"), scanKey)
}

// RevokeAPIKey ends a key and stores who did it. Ending it again changes nothing.
//
// Faults: NotFound; Unavailable; Unknown.
func (r *Resources) RevokeAPIKey(ctx context.Context, id, by string, at time.Time) error {
	const op = "store.RevokeAPIKey"
	n, err := r.db.Exec(ctx, &Statement{Op: op, Text: revokeKey, Args: []any{by, at.UnixMilli(), id}})
	if err == nil && n == 0 {
		return NotFound(op, "key")
	}
	return err
}

// UseAPIKey stores when a key was last used, at most once in bridge.KeyUsePeriod.
//
// Faults: Unavailable; Unknown.
func (r *Resources) UseAPIKey(ctx context.Context, id string, at time.Time) error {
	args := []any{at.UnixMilli(), id, at.Add(-store.KeyUsePeriod).UnixMilli()}
	_, err := r.db.Exec(ctx, &Statement{Op: "store.UseAPIKey", Text: useKey, Args: args})
	return err
}
