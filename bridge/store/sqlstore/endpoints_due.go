package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/minitill/minitill/bridge"
)

// removedTogether bounds how long one step of RemoveEndpoint holds up other changes.
const removedTogether = 500

// noteRemoved is why a message of an endpoint that is gone is dead.
const noteRemoved = "the endpoint was removed"

// RemoveEndpoint forgets an endpoint. Its undelivered messages die a few in each commit
// and it goes with the last of them, so that one that was removed half-way is removed
// by removing it again.
//
// Faults: NotFound; Unavailable; Unknown.
func (s *Store) RemoveEndpoint(ctx context.Context, app, id string) error {
	const op = "sqlstore.RemoveEndpoint"
	if _, _, err := s.endpoint(ctx, op, app, id); err != nil {
		return err
	}
	defer s.recent.forget()
	for killed := int64(removedTogether); killed == removedTogether; {
		err := s.writer.do(ctx, op, func(w *conn) (err error) {
			killed, err = w.exec(killMessages, noteRemoved, app, id, int64(removedTogether))
			if err != nil || killed == removedTogether {
				return err
			}
			n, err := w.exec(deleteEndpoint, app, id)
			if err == nil && n == 0 {
				err = sql.ErrNoRows
			}
			return raise(w, err)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// DueEndpoints returns the endpoints that have messages whose RunAt has passed, each
// once. One of them may have none to claim as yet, when each waits for an older one of
// its order. Its cost goes by endpoints with undelivered messages, not by messages.
//
// Faults: Unavailable.
func (s *Store) DueEndpoints(ctx context.Context, now time.Time) ([]bridge.EndpointKey, error) {
	due := newSearch(readDueEndpoints, now.UnixMilli())
	return listOf(ctx, s, "sqlstore.DueEndpoints", due, func(rows *sql.Rows) (k bridge.EndpointKey, err error) {
		err = rows.Scan(&k.App, &k.Endpoint)
		return k, err
	})
}
