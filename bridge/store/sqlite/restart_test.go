package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows/rowstest"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// childStore makes this binary, started again, the program that is killed.
const childStore = "MINITILL_TEST_STORE"

// TestKilledUnderLoad kills a process that writes, again and again on one file, and
// checks that everything it acknowledged is stored.
func TestKilledUnderLoad(t *testing.T) {
	if path := os.Getenv(childStore); path != "" {
		writeUntilKilled(t, path)
	}
	path := filepath.Join(t.TempDir(), "minitill.db")
	acknowledged := make(map[bridge.OrderID]int64)
	for range 3 {
		killAfter(t, path, 150, acknowledged)
		checkStored(t, path, acknowledged)
	}
}

func writeUntilKilled(t *testing.T, path string) {
	s, err := sqlite.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	var out sync.Mutex
	acknowledge := func(id bridge.OrderID, sequence int64) {
		out.Lock()
		defer out.Unlock()
		fmt.Printf("%s %d\n", id, sequence)
	}
	for range 16 {
		go func() {
			for {
				c := storetest.NewOrder(t)
				if _, err := s.CreateOrder(context.Background(), c); err != nil {
					panic(err)
				}
				acknowledge(c.Order.ID, 1)
				for range 3 {
					o, err := s.UpdateOrder(context.Background(), c.Order.ID, func(c *bridge.Change) error {
						storetest.AddPaid(c, c.Order.Paid+1)
						return nil
					})
					if err != nil {
						panic(err)
					}
					acknowledge(o.ID, o.Sequence)
				}
			}
		}()
	}
	select {}
}

func killAfter(t *testing.T, path string, lines int, acknowledged map[bridge.OrderID]int64) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledUnderLoad$")
	child.Env = append(os.Environ(), childStore+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for scanner := bufio.NewScanner(out); scanner.Scan(); seen++ {
		var id bridge.OrderID
		var sequence int64
		if _, err := fmt.Sscanf(scanner.Text(), "%s %d", &id, &sequence); err == nil {
			acknowledged[id] = max(acknowledged[id], sequence)
		}
		if seen == lines {
			_ = child.Process.Kill()
		}
	}
	_ = child.Wait()
	if seen < lines {
		t.Fatalf("the child ended by itself after %d lines", seen)
	}
}

func checkStored(t *testing.T, path string, acknowledged map[bridge.OrderID]int64) {
	t.Helper()
	s, err := sqlite.Open(context.Background(), path)
	if err != nil {
		t.Fatalf("opening after the kill: %v", err)
	}
	defer s.Close()
	for id, sequence := range acknowledged {
		o, err := s.Order(context.Background(), id)
		if err != nil || o.Sequence < sequence {
			t.Errorf("%s: got sequence %d, %v, want at least the acknowledged %d", id, o.Sequence, err, sequence)
		}
		events, err := s.Events(context.Background(), id, 0)
		if err != nil || int64(len(events)) != o.Sequence {
			t.Errorf("%s: got %d events, %v, want %d", id, len(events), err, o.Sequence)
		}
	}
	if verdict := sqlite.IntegrityOf(s); verdict != "ok" {
		t.Errorf("integrity_check: got %q, want ok", verdict)
	}
}

// Two processes may share a file. Here they are two stores, which know as little of
// each other.
func TestTwoStoresOnOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "minitill.db")
	const callers, each = 10, 4
	var stores [2]*sqlite.Store
	for i := range stores {
		s, err := sqlite.Open(context.Background(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		stores[i] = s
	}
	c := storetest.NewOrder(t)
	if _, err := stores[0].CreateOrder(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range callers * len(stores) {
		all.Go(func() {
			for range each {
				_, err := stores[i%len(stores)].UpdateOrder(context.Background(), c.Order.ID, func(c *bridge.Change) error {
					storetest.AddPaid(c, c.Order.Paid+1)
					return nil
				})
				if err != nil {
					t.Errorf("UpdateOrder: got %v, want nil", err)
				}
			}
		})
	}
	all.Wait()
	want := int64(callers * each * len(stores))
	for i, s := range stores {
		o, err := s.Order(context.Background(), c.Order.ID)
		if err != nil || o.Paid != want || o.Sequence != want+1 {
			t.Errorf("store %d: got %d paid at sequence %d, %v, want %d", i, o.Paid, o.Sequence, err, want)
		}
	}
}

// A repeated notification is a change that leaves nothing to commit.
func TestAnEmptyChangeCostsNoCommit(t *testing.T) {
	s := sqlitetest.Open(t)
	c := storetest.NewOrder(t)
	if _, err := s.CreateOrder(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	before := s.Stats()
	for range 10 {
		if _, err := s.UpdateOrder(context.Background(), c.Order.ID, func(*bridge.Change) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if after := s.Stats(); after != before {
		t.Errorf("Stats: got %+v, want %+v as before", after, before)
	}
}

// The row holds the very bytes that its events replay to.
func TestTheEventsReplayToTheRowByteForByte(t *testing.T) {
	s := sqlitetest.Open(t)
	c := storetest.NewOrder(t)
	if _, err := s.CreateOrder(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, err := s.UpdateOrder(context.Background(), c.Order.ID, func(c *bridge.Change) error {
			storetest.AddPaid(c, c.Order.Paid+1)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		events, err := s.Events(context.Background(), c.Order.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := rowstest.StoredForm(bridge.Replay(events)), sqlite.DocOf(s, c.Order.ID); got != want {
			t.Errorf("replayed:\n got %s\nwant %s", got, want)
		}
	}
}
