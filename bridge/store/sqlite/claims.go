package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// CreateOrder commits a new order with all that goes with it, or returns the older
// claim and writes nothing. Without a claim it returns the zero Claim.
//
// Faults: Conflict when the order exists; Unavailable; Unknown.
func (s *Store) CreateOrder(ctx context.Context, c *bridge.Change) (bridge.Claim, error) {
	const op = "store.CreateOrder"
	columns, err := rows.MovingColumns(op, &c.Order, rows.FixedColumns(&c.Order))
	if err != nil {
		return bridge.Claim{}, err
	}
	rest, err := attached(op, c)
	if err != nil {
		return bridge.Claim{}, err
	}
	var held bridge.Claim
	err = s.writer.do(ctx, op, func(w *conn) (err error) {
		if c.Claim != nil {
			var taken bool
			if held, taken, err = take(w, insertClaim, rows.ClaimColumns(c.Claim), c.Claim); err != nil || taken {
				return err
			}
		}
		if _, err := w.exec(insertOrder, columns...); err != nil {
			return err
		}
		return runAll(w, rest)
	})
	if err != nil {
		return bridge.Claim{}, err
	}
	s.changes.Created(c, held)
	return held, nil
}

// Claim takes a key for an operation on an order that exists, or returns the older
// claim that holds it.
//
// Faults: NotFound when there is no such order; Unavailable; Unknown.
func (s *Store) Claim(ctx context.Context, claim bridge.Claim) (bridge.Claim, error) {
	var held bridge.Claim
	err := s.writer.do(ctx, "store.Claim", func(w *conn) (err error) {
		held, _, err = take(w, insertClaimOfOrder, rows.ClaimOfOrderColumns(&claim), &claim)
		return err
	})
	if err != nil {
		return bridge.Claim{}, err
	}
	return held, nil
}

// take inserts a claim. When its key is taken already it returns the older claim.
func take(w *conn, insert statement, columns []any, claim *bridge.Claim) (held bridge.Claim, taken bool, err error) {
	n, err := w.exec(insert, columns...)
	if err != nil || n > 0 {
		return *claim, false, err
	}
	found := false
	err = w.each(selectClaim, func(row []driver.Value) {
		found, held = true, readClaim(claim.Scope, claim.Key, row)
	}, claim.Scope, claim.Key)
	if err == nil && !found {
		err = sql.ErrNoRows // insertClaimOfOrder found no order
	}
	return held, found, err
}

func readClaim(scope, key string, row []driver.Value) bridge.Claim {
	c := bridge.Claim{Scope: scope, Key: key, CreatedAt: rows.FromMillis(row[2])}
	digest, _ := row[0].([]byte)
	copy(c.Digest[:], digest)
	c.Subject, _ = row[1].(string)
	if status, ok := row[3].(int64); ok {
		body, _ := row[4].([]byte)
		c.Answer = &bridge.Answer{Status: int(status), Body: body}
	}
	return c
}
