package postgres

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
)

// leasedMessage is a message as it was claimed, and its place among those due.
type leasedMessage struct {
	bridge.Message
	due, position int64
}

func collectMessage(row pgx.CollectableRow) (l leasedMessage, err error) {
	var createdAt, runAt *int64
	err = row.Scan(&l.due, &l.position, &l.ID, &l.App, &l.Endpoint, &l.Order, &l.Sequence, &l.Type, &l.Body,
		&createdAt, &runAt, &l.Attempts)
	l.CreatedAt, l.RunAt = fromNullable(createdAt), fromNullable(runAt)
	return l, err
}

// ClaimMessages returns messages of one endpoint that are due, of each order only the
// oldest that is not settled, and moves their RunAt to now and lease.
//
// Faults: Unavailable; Unknown. A lease whose answer was lost ends by itself.
func (s *Store) ClaimMessages(ctx context.Context, app, endpoint string, now time.Time, lease time.Duration, limit int) ([]bridge.Message, error) {
	var due []leasedMessage
	t := &task{op: "store.ClaimMessages", text: claimMessages}
	t.args = []any{app, endpoint, now.UnixMilli(), int64(max(limit, 0)), now.Add(lease).UnixMilli()}
	t.read = func(found pgx.Rows) (err error) {
		due, err = pgx.AppendRows(due[:0], found, collectMessage)
		t.rows = int64(len(due))
		return err
	}
	if err := s.writeAlone(ctx, t); err != nil {
		return nil, err
	}
	slices.SortFunc(due, func(a, b leasedMessage) int {
		return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.position, b.position))
	})
	var claimed []bridge.Message
	for i := range due {
		claimed = append(claimed, due[i].Message)
	}
	return claimed, nil
}
