package sqlite

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/store/internal/rows/rowstest"
)

func TestEachCommitIsObservedWithTheChangesThatItStored(t *testing.T) {
	s := openTest(t)
	var changes []int
	var faults int
	s.OnCommit(func(c Commit) {
		if changes = append(changes, c.Changes); c.Took <= 0 {
			t.Errorf("a commit took %v", c.Took)
		}
		if c.Err != nil {
			faults++
		}
	})
	write := func(c *conn) error { _, err := c.run("update pulse set at = at + 1"); return err }
	release := hold(s)
	done := make(chan error, 4)
	refusal := errors.New("refused")
	for _, run := range []func(*conn) error{write, write, func(*conn) error { return nil }, func(c *conn) error { return errors.Join(write(c), refusal) }} {
		go func() { done <- s.writer.do(context.Background(), "test", run) }()
	}
	await(s.writer, 4)
	release()
	for range 4 {
		<-done
	}
	if err := s.Close(); err != nil { // the writer has reported all
		t.Fatal(err)
	}
	if !slices.Equal(changes, []int{2}) || faults > 0 {
		t.Errorf("commits: got %v with %d faults, want one of 2 changes", changes, faults)
	}
}

func TestTheOutboxIsCountedInAnIndexAlone(t *testing.T) {
	s := openTest(t)
	var counts int
	for _, text := range rowstest.Statements(dialect).Texts {
		if !strings.HasPrefix(text, "select position from outbox") || !strings.Contains(text, "where app = ? and status = ") {
			continue
		}
		counts++
		var id, parent, unused int
		var step string
		if err := s.reader.QueryRow("explain query plan "+text, "shop", 10).Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(step, "USING COVERING INDEX") {
			t.Errorf("%s: %s", text, step)
		}
	}
	if counts != 2 {
		t.Errorf("got %d counts of the outbox, want those of undelivered and dead messages", counts)
	}
}
