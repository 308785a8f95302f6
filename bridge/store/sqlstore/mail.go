package sqlstore

import (
	"database/sql"

	"github.com/minitill/minitill/bridge"
)

func scanMessage(rows *sql.Rows) (bridge.Message, error) {
	var m bridge.Message
	var createdAt, runAt any
	err := rows.Scan(&m.ID, &m.App, &m.Endpoint, &m.Order, &m.Sequence, &m.Type, &m.Body, &createdAt, &runAt, &m.Attempts)
	m.CreatedAt, m.RunAt = fromMillis(createdAt), fromMillis(runAt)
	return m, err
}
