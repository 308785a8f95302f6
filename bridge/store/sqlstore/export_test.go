package sqlstore

import "github.com/minitill/minitill/bridge"

// What the tests outside this package look at.

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

// StoredForm is an order as it would be stored.
func StoredForm(o bridge.Order) string {
	doc, err := encode("test", &o)
	if err != nil {
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
	return list
}

// PostgresQueries are all statements, each part of a change in one at least.
func PostgresQueries() []string {
	list := []string{
		pgReadOrder, pgReadEvents, pgReadOwner, pgReadNextDue, pgReadMessages, pgReadInbox, pgReadClaim, pgHasEvent,
		pgClaimDue, pgInsertClaimOfOrder, pgPruneClaims, pgInsertInbox, pgDeleteInbox,
		pgClaimMessages, pgFinishMessage, pgUpdatePulse,
	}
	for _, first := range [][]part{{{text: partOrder}}, {{text: partClaim}, {text: partClaimedOrder}}, {{text: partUpdate}}, {{text: partSchedule}}} {
		text, _ := compose(append(first, part{text: partEvents}, part{text: partMessages}, part{text: partPaymentIDs}, part{text: partAnswer}))
		list = append(list, text)
	}
	return list
}
