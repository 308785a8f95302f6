package sqlite

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// pragma sets a pragma of the connection that writes, while nothing is written.
func pragma(t testing.TB, s *Store, text string) {
	t.Helper()
	if err := s.writer.conn.script(context.Background(), "pragma "+text); err != nil {
		t.Fatalf("pragma %s: %v", text, err)
	}
}

// fillUp keeps large rows until the store refuses, and returns how many it took.
func fillUp(t testing.TB, s *Store) (n int, refusal error) {
	t.Helper()
	body := make([]byte, 64<<10)
	for n = range 1000 {
		err := s.writer.do(context.Background(), "test", func(c *conn) error {
			err := keepIn(c, &store.InboxItem{ID: fmt.Sprint("fill-", n), Wallet: "sandbox", EventID: fmt.Sprint("fill-", n), Body: body})
			return err
		})
		if err != nil {
			return n, err
		}
	}
	t.Fatal("the disk never became full")
	return 0, nil
}

func wantUnavailable(t testing.TB, what string, err error) {
	t.Helper()
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("%s: got %v, want unavailable", what, err)
	}
}

func wantGoesOn(t testing.TB, s *Store, had int) {
	t.Helper()
	if got := kept(t, s); got != had {
		t.Errorf("rows kept: got %d, want the %d that were acknowledged", got, had)
	}
	if err := s.writer.do(context.Background(), "test", keep("after")); err != nil {
		t.Errorf("a change when the disk takes writes again: got %v, want nil", err)
	}
	wantIntact(t, s)
}

func wantIntact(t testing.TB, s *Store) {
	t.Helper()
	var verdict string
	if err := s.reader.QueryRow("pragma integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: got %q, %v, want ok", verdict, err)
	}
}

func TestAFileThatMayNotGrowIsAClearFault(t *testing.T) {
	s := openTest(t)
	pragma(t, s, "max_page_count = 100")
	n, err := fillUp(t, s)
	wantUnavailable(t, "the change that does not fit", err)
	if got := fault.Of(err).Detail; got != "Nothing can be stored at the moment." {
		t.Errorf("its detail: got %q, which is not fit to show", got)
	}
	pragma(t, s, "max_page_count = 1000000")
	wantGoesOn(t, s, n)
}

func TestAReadOnlyDatabaseIsAClearFault(t *testing.T) {
	s := openTest(t)
	pragma(t, s, "query_only = 1")
	wantUnavailable(t, "a change", s.writer.do(context.Background(), "test", keep("refused")))
	wantUnavailable(t, "Ping", s.Ping(context.Background()))
	item := store.InboxItem{ID: "ntf_1", Wallet: "sandbox", EventID: "e1"}
	wantUnavailable(t, "KeepNotification", s.KeepNotification(context.Background(), item))
	_, err := s.MarkRestored(context.Background(), time.Now(), time.Time{})
	wantUnavailable(t, "MarkRestored", err)
	pragma(t, s, "query_only = 0")
	wantGoesOn(t, s, 0)
}
