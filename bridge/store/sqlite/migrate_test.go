package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"modernc.org/sqlite"

	"github.com/minitill/minitill/bridge/store/internal/rows"
	"github.com/minitill/minitill/bridge/store/internal/rows/rowstest"
	"github.com/minitill/minitill/fault"
)

func TestOpeningAgainMigratesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a ?strange#100%.db")
	first := openAt(t, path)
	if err := first.writer.do(context.Background(), "test", keep("kept")); err != nil {
		t.Fatal(err)
	}
	_ = first.Close()
	second := openAt(t, path)
	var applied int
	if err := second.reader.QueryRow("select count(*) from migrations").Scan(&applied); err != nil {
		t.Fatal(err)
	}
	list, err := rows.Migrations(migrations)
	if err != nil {
		t.Fatal(err)
	}
	if applied != len(list) {
		t.Errorf("migrations applied: got %d, want %d", applied, len(list))
	}
	if got := kept(t, second); got != 1 {
		t.Errorf("rows after opening again: got %d, want 1", got)
	}
}

func TestManyMayOpenANewFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "minitill.db")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			s, err := Open(context.Background(), path)
			if err != nil {
				t.Errorf("Open: got %v, want nil", err)
				return
			}
			if err := s.Close(); err != nil {
				t.Errorf("Close: got %v, want nil", err)
			}
		})
	}
	all.Wait()
}

// unlocking is a connector that gives up a lock before its second connection.
type unlocking struct {
	driver.Connector
	unlock func() error
	calls  int
}

func (u *unlocking) Connect(ctx context.Context) (driver.Conn, error) {
	if u.calls++; u.calls == 2 {
		if err := u.unlock(); err != nil {
			return nil, err
		}
	}
	return u.Connector.Connect(ctx)
}

func TestAnOpenerTriesAgainWhileAnotherHoldsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "minitill.db")
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	held, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.ExecContext(t.Context(), "create table other (id integer)"); err != nil {
		t.Fatal(err)
	}
	connector, err := sqlite.NewConnector(dsn(path, append([]string{"busy_timeout(0)"}, writing...)))
	if err != nil {
		t.Fatal(err)
	}
	first := &unlocking{Connector: connector, unlock: held.Rollback}
	c, err := firstConn(t.Context(), first)
	if err != nil || first.calls != 2 {
		t.Fatalf("firstConn: got %v after %d attempts, want a connection at the second", err, first.calls)
	}
	_ = c.close()
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "minitill.db")
	s := openAt(t, path)
	err := s.writer.do(context.Background(), "test", func(c *conn) error {
		return c.script(context.Background(), "insert into migrations values (999, 'tomorrow', 0)")
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if _, err := Open(context.Background(), path); fault.KindOf(err) != fault.Unsupported {
		t.Errorf("Open: got %v, want unsupported", err)
	}
}

// A query that walks a whole table is quick in every test and slow in every shop.
func TestNoQueryScansATable(t *testing.T) {
	s := openTest(t)
	all := append(queries[insertOrder:], readOrder, readOrderToChange)
	sent := rowstest.Statements(dialect)
	for _, text := range sent.Texts {
		// All endpoints are wanted.
		if text != readDueEndpoints && !strings.Contains(text, "left join endpoints") {
			all = append(all, text)
		}
	}
	for _, w := range sent.Writes {
		all = append(all, w.Text())
	}
	for _, query := range all {
		// What is undelivered, kept for one order or has one payment id, and no more.
		sorts := strings.Contains(query, "outbox_open") || strings.Contains(query, "order by received_at") || strings.HasPrefix(query, "with named")
		found, err := s.reader.Query("explain query plan "+query, make([]any, strings.Count(query, "?"))...)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		for found.Next() {
			var id, parent, unused int
			var step string
			if err := found.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(step, "SCAN") && step != "SCAN named" && step != "SCAN CONSTANT ROW" && !strings.Contains(step, "USING") || strings.Contains(step, "TEMP B-TREE") && !sorts {
				t.Errorf("%s: %s", step, query)
			}
		}
		if err := errors.Join(found.Err(), found.Close()); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
}
