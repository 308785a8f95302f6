package sqlite

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

func TestTheInboxKeepsTheFirstOfEachEvent(t *testing.T) {
	s := openTest(t)
	at := time.UnixMilli(1_700_000_000_123).UTC()
	first := store.InboxItem{
		Wallet: "sandbox", EventID: "e1", RequestID: "R1", PaymentID: "W1", Body: []byte{0, 255}, ReceivedAt: at,
	}
	again := first
	again.Body = []byte("again")
	for _, item := range []store.InboxItem{first, again} {
		if err := s.KeepNotification(context.Background(), item); err != nil {
			t.Fatalf("KeepNotification: got %v, want nil", err)
		}
	}
	var body []byte
	var ms int64
	if err := s.reader.QueryRow("select body, received_at from inbox").Scan(&body, &ms); err != nil {
		t.Fatal(err)
	}
	if n := kept(t, s); n != 1 || string(body) != string(first.Body) || ms != at.UnixMilli() {
		t.Errorf("inbox: got %d rows, body %q received at %d, want the first alone", n, body, ms)
	}
}

func TestPruneContinuesUntilAllIsDeleted(t *testing.T) {
	s := openTest(t)
	const claims = 2*rows.PruneStep + 1
	err := s.writer.do(context.Background(), "test", func(c *conn) error {
		for i := range claims {
			claim := bridge.Claim{Scope: "app:shop", Key: fmt.Sprint(i), CreatedAt: time.UnixMilli(int64(i))}
			if _, err := c.exec(insertClaim, rows.ClaimColumns(&claim)...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Prune(context.Background(), time.UnixMilli(claims-1)); err != nil {
		t.Fatalf("Prune: got %v, want nil", err)
	}
	var left int
	if err := s.reader.QueryRow("select count(*) from claims").Scan(&left); err != nil {
		t.Fatal(err)
	}
	if left != 1 {
		t.Errorf("claims left: got %d, want the youngest alone", left)
	}
}

func BenchmarkOpen(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		s, err := Open(context.Background(), fmt.Sprintf("%s/%d.db", b.TempDir(), i))
		if err != nil {
			b.Fatal(err)
		}
		_ = s.Close()
	}
}

// Each status query reads the inbox of its order, whose query takes several times as long to
// compile as to run.
func TestTheQueryOfAnInboxIsCompiledOnce(t *testing.T) {
	s := openTest(t)
	for id := range 3 {
		keys := []bridge.PaymentKey{{Wallet: "sandbox", PaymentID: fmt.Sprint("W", id)}}
		if _, err := s.Inbox(context.Background(), bridge.OrderID(fmt.Sprint("ord_", id)), keys); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(s.short.stmts); got != 1 {
		t.Errorf("got %d prepared queries, want 1", got)
	}
}
