package sqlstore

import (
	"context"
	"database/sql"

	"github.com/minitill/minitill/bridge"
)

// Messages returns messages of the outbox that are neither delivered nor dead, oldest
// first, beginning behind the one named after. When that one is gone, it begins with
// the oldest.
func (s *Store) Messages(ctx context.Context, after string, limit int) ([]bridge.Message, error) {
	const op = "sqlstore.Messages"
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return nil, asFault(op, err)
	}
	rows, err := s.reader.QueryContext(ctx, readMessages, after, limit)
	if err != nil {
		return nil, asFault(op, err)
	}
	list, err := collect(rows, func() (bridge.Message, error) { return scanMessage(rows) })
	return list, asFault(op, err)
}

func scanMessage(rows *sql.Rows) (bridge.Message, error) {
	var m bridge.Message
	var createdAt, runAt any
	err := rows.Scan(&m.ID, &m.App, &m.Endpoint, &m.Order, &m.Sequence, &m.Type, &m.Body, &createdAt, &runAt, &m.Attempts)
	m.CreatedAt, m.RunAt = fromMillis(createdAt), fromMillis(runAt)
	return m, err
}
