package rows_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/internal/rows/rowstest"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/wallet"
)

// What a store wrote before there were lists is in them, whatever text it holds.
func TestListsHaveWhatWasStoredBeforeThem(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "minitill.db")
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		listOldOrders(t, "sqlite", func(text string) {
			if _, err := db.Exec(text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}, func() storetest.Store {
			s, err := sqlite.Open(t.Context(), path)
			if err != nil {
				t.Fatalf("Open: got %v, want nil", err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		url := pgtest.URL(t)
		c := pgtest.Connect(t, url)
		listOldOrders(t, "postgres", func(text string) {
			if _, err := c.Exec(t.Context(), text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}, func() storetest.Store { return postgresAt(t, url) })
	})
}

func listOldOrders(t *testing.T, dialect string, exec func(text string), open func() storetest.Store) {
	exec("create table migrations (version bigint primary key, name text not null, applied_at bigint not null)")
	exec("insert into migrations values (1, '0001_orders.sql', 0)")
	exec(migrationText(t, dialect, "0001_orders.sql"))
	first, second := oldOrder(t), oldOrder(t)
	writeOld(exec, first, 2, 3)
	writeOld(exec, second, 1)
	writeOld(exec, oldOrder(t))

	s := open()
	f := &storetest.Follower{App: "shop", Limit: 4}
	f.Until(t, s, 3)
	refunds, err := s.Refunds(t.Context(), store.RefundQuery{App: "shop", Limit: 10})
	if err != nil {
		t.Fatalf("Refunds: got %v, want nil", err)
	}
	var got []string
	for _, e := range refunds {
		got = append(got, e.Order.ID.RefundID(e.Number))
	}
	want := []string{first.ID.RefundID(2), first.ID.RefundID(1), second.ID.RefundID(1)}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("refunds: got %v, want %v", got, want)
	}
	_, err = s.UpdateOrder(t.Context(), first.ID, func(c *bridge.Change) error {
		storetest.Add(c, bridge.RefundFailed, bridge.EventData{Refund: &bridge.Refund{Number: 2, Payment: 1, Status: wallet.RefundFailed}})
		return nil
	})
	if err != nil {
		t.Fatalf("UpdateOrder: got %v, want nil", err)
	}
	f.Until(t, s, 4)
	refunds, err = s.Refunds(t.Context(), store.RefundQuery{App: "shop", Status: wallet.RefundFailed, Limit: 10})
	if err != nil || len(refunds) != 1 || refunds[0].Number != 2 {
		t.Errorf("failed refunds: got %v, %v, want the second of the first order", refunds, err)
	}
}

// migrationText is a migration of a dialect.
func migrationText(t *testing.T, dialect, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", dialect, "migrations", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// oldOrder is an order with text that some databases cannot read as JSON.
func oldOrder(t *testing.T) *bridge.Order {
	o := storetest.NewOrder(t).Order
	o.Description = "it's \\u0000 \x00 \"refunds\": [1]"
	o.Payments = []bridge.Payment{{Number: 1, Wallet: "sandbox", Status: wallet.Paid, Paid: 1234}}
	return &o
}

// writeOld stores an order as the first version did, with a refund made at each of
// these hours.
func writeOld(exec func(text string), o *bridge.Order, hours ...int) {
	for i, hour := range hours {
		o.Refunds = append(o.Refunds, bridge.Refund{
			Number: i + 1, Payment: 1, Status: wallet.RefundSucceeded, Amount: 1,
			CreatedAt: storetest.Epoch.Add(time.Duration(hour) * time.Hour),
		})
	}
	quoted := func(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
	exec(fmt.Sprintf(`insert into orders (id, version, app, status, wallet, reference, attention, currency, amount,
		paid, refunded, looks, doc) values (%s, 1, 'shop', 'paid', 'sandbox', '', '', 'USD', 1234, 1234, 0, 0, %s)`,
		quoted(string(o.ID)), quoted(rowstest.StoredForm(*o))))
	exec(fmt.Sprintf(`insert into events (order_id, sequence, type, source, data)
		values (%s, 1, 'order.created', 'client', '{}')`, quoted(string(o.ID))))
}
