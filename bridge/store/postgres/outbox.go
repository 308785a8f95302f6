package postgres

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
)

// collectMessage reads a message whose columns come behind those of first.
func collectMessage(row pgx.CollectableRow, first ...any) (bridge.Message, error) {
	var m bridge.Message
	var createdAt, runAt *int64
	err := row.Scan(append(first, &m.ID, &m.App, &m.Endpoint, &m.Order, &m.Sequence, &m.Type, &m.Body,
		&createdAt, &runAt, &m.Attempts)...)
	m.CreatedAt, m.RunAt = fromNullable(createdAt), fromNullable(runAt)
	return m, err
}

// leasedMessage is a message as it was claimed, and its place among those due.
type leasedMessage struct {
	bridge.Message
	due, position int64
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
		due, err = pgx.AppendRows(due[:0], found, func(row pgx.CollectableRow) (l leasedMessage, err error) {
			l.Message, err = collectMessage(row, &l.due, &l.position)
			return l, err
		})
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
