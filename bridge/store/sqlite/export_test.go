package sqlite

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// What the tests outside this package read.

// keepIn stores a notification, as part of a change.
func keepIn(c *conn, item *store.InboxItem) error {
	_, err := c.run(`insert into inbox (id, wallet, event_id, request_id, payment_id, order_id, event, body, reason, confirm)
		values (?, ?, ?, '', '', '', ?, ?, '', 0)`, item.ID, item.Wallet, item.EventID, []byte{}, rows.Blob(item.Body))
	return err
}

// IntegrityOf is the database's own verdict on itself.
func IntegrityOf(s *Store) (verdict string) {
	if err := s.reader.QueryRow("pragma integrity_check").Scan(&verdict); err != nil {
		return err.Error()
	}
	return verdict
}

// DocOf is an order's row as it is stored.
func DocOf(s *Store, id bridge.OrderID) (doc string) {
	if err := s.reader.QueryRow("select doc from orders where id = ?", string(id)).Scan(&doc); err != nil {
		return err.Error()
	}
	return doc
}

// ColumnsOf is every column of a store's tables: table, name, type, "not null".
func ColumnsOf(s *Store) (list []string) {
	rows, err := s.reader.Query(`select m.name || ' ' || c.name || ' ' || lower(c.type) ||
		case when c."notnull" or c.pk > 0 then ' not null' else '' end
		from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite_%'`)
	if err != nil {
		return []string{err.Error()}
	}
	defer rows.Close()
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			return []string{err.Error()}
		}
		list = append(list, column)
	}
	if err := rows.Err(); err != nil {
		return []string{err.Error()}
	}
	return list
}

// PagesOf is how many pages went into the log since the last call.
func PagesOf(s *Store) (n int) {
	_ = s.writer.do(context.Background(), "test", func(*conn) error { // after the last commit was counted
		n = s.writer.log.pages
		s.writer.log.pages = 0
		return nil
	})
	return n
}
