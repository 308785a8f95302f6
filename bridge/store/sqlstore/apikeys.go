package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// keyColumns are the values of insertAPIKey.
func keyColumns(op string, k *bridge.APIKey) ([]any, error) {
	scopes, err := encode(op, k.Scopes)
	if err != nil {
		return nil, err
	}
	networks, err := encode(op, k.Networks)
	return []any{
		k.ID, k.App, k.Name, k.Digest[:], scopes, networks, k.CreatedBy, millis(k.CreatedAt), millis(k.ExpiresAt),
		millis(k.UsedAt), k.RevokedBy, millis(k.RevokedAt),
	}, err
}

// AddAPIKey stores a new key.
//
// Faults: Conflict when its id or digest is there already; Unavailable; Unknown.
func (s *Store) AddAPIKey(ctx context.Context, k bridge.APIKey) error {
	const op = "sqlstore.AddAPIKey"
	columns, err := keyColumns(op, &k)
	if err != nil {
		return err
	}
	return s.writer.do(ctx, op, func(w *conn) error {
		_, err := w.exec(insertAPIKey, columns...)
		return err
	})
}

// APIKey returns the key with that digest, revoked or not.
//
// Faults: NotFound; Unavailable.
func (s *Store) APIKey(ctx context.Context, digest [32]byte) (bridge.APIKey, error) {
	const op = "sqlstore.APIKey"
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return bridge.APIKey{}, asFault(op, err)
	}
	k, err := scanAPIKey(op, s.reader.QueryRowContext(ctx, readAPIKey, digest[:]))
	return k, asFault(op, err)
}

// APIKeys returns an app's keys, or those of all apps, in the order of creation.
//
// Faults: Unavailable.
func (s *Store) APIKeys(ctx context.Context, app string) ([]bridge.APIKey, error) {
	const op = "sqlstore.APIKeys"
	keys := newSearch(readAPIKeys)
	if app != "" {
		keys.add(` where app = ?`, app)
	}
	return listOf(ctx, s, op, keys.add(` order by position`), func(rows *sql.Rows) (bridge.APIKey, error) {
		return scanAPIKey(op, rows)
	})
}

func scanAPIKey(op string, row interface{ Scan(dest ...any) error }) (k bridge.APIKey, err error) {
	var digest, scopes, networks []byte
	var createdAt, expiresAt, usedAt, revokedAt any
	if err := row.Scan(&k.ID, &k.App, &k.Name, &digest, &scopes, &networks, &k.CreatedBy, &createdAt, &expiresAt,
		&usedAt, &k.RevokedBy, &revokedAt); err != nil {
		return k, err
	}
	copy(k.Digest[:], digest)
	k.CreatedAt, k.ExpiresAt = fromMillis(createdAt), fromMillis(expiresAt)
	k.UsedAt, k.RevokedAt = fromMillis(usedAt), fromMillis(revokedAt)
	return k, decodeKeyLists(op, scopes, networks, &k)
}

func decodeKeyLists(op string, scopes, networks []byte, k *bridge.APIKey) error {
	if err := decode(op, scopes, &k.Scopes); err != nil {
		return err
	}
	if err := decode(op, networks, &k.Networks); err != nil || len(k.Networks) > 0 {
		return err
	}
	k.Networks = nil
	return nil
}

// RevokeAPIKey ends a key and stores who did it. Ending it again changes nothing.
//
// Faults: NotFound; Unavailable; Unknown.
func (s *Store) RevokeAPIKey(ctx context.Context, id, by string, at time.Time) error {
	const op = "sqlstore.RevokeAPIKey"
	return s.writer.do(ctx, op, func(w *conn) error {
		n, err := w.exec(revokeAPIKey, by, at.UnixMilli(), id)
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, op, "There is no such key.")
		}
		return err
	})
}

// UseAPIKey stores when a key was last used, at most once in bridge.KeyUsePeriod.
//
// Faults: Unavailable; Unknown.
func (s *Store) UseAPIKey(ctx context.Context, id string, at time.Time) error {
	return s.writer.do(ctx, "sqlstore.UseAPIKey", func(w *conn) error {
		_, err := w.exec(useAPIKey, useColumns(id, at)...)
		return err
	})
}

// useColumns are the values of useAPIKey.
func useColumns(id string, at time.Time) []any {
	return []any{at.UnixMilli(), id, at.Add(-bridge.KeyUsePeriod).UnixMilli()}
}
