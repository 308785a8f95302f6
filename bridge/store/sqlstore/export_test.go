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
