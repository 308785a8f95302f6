package postgres_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
)

// behindCutter is a store whose connections can be cut, and one that sees the truth.
func behindCutter(t *testing.T) (c *cutter, through, direct *postgres.Store) {
	t.Helper()
	database := pgtest.URL(t)
	c, url := newCutter(t, database)
	// In this mode a batch is one exchange: none is spent on preparing it.
	return c, postgresAt(t, url+"&default_query_exec_mode=exec"), postgresAt(t, database)
}

// cuts are the two ways to lose a connection: before the request has arrived and
// after it was carried out. The caller cannot distinguish them.
var cuts = map[string]func(*cutter){
	"the request is lost": func(c *cutter) { c.requests.Store(true) },
	"the answer is lost":  func(c *cutter) { c.answers.Store(true) },
}

func TestAChangeWhoseConnectionIsLostIsStoredOnce(t *testing.T) {
	for name, cut := range cuts {
		t.Run(name, func(t *testing.T) {
			c, s, direct := behindCutter(t)
			id := storetest.Stored(t, s)
			for n := int64(1); n <= 3; n++ {
				o, err := s.UpdateOrder(t.Context(), id, func(change *bridge.Change) error {
					cut(c)
					return addOne(change)
				})
				if err != nil || o.Paid != n {
					t.Errorf("UpdateOrder: got %d paid, %v, want %d", o.Paid, err, n)
				}
				wantIncrements(t, direct, id, n)
			}
		})
	}
}

func TestACreationWhoseConnectionIsLostIsStoredOnce(t *testing.T) {
	for name, cut := range cuts {
		for _, key := range []string{"", "k1"} {
			t.Run(name+" with key "+key, func(t *testing.T) {
				c, s, direct := behindCutter(t)
				creation := storetest.NewOrder(t)
				if key != "" {
					creation.Claim = &bridge.Claim{Scope: "app:shop", Key: key, Subject: string(creation.Order.ID), CreatedAt: storetest.Epoch}
				}
				cut(c)
				claim, err := s.CreateOrder(t.Context(), creation)
				if err != nil || key != "" && claim.Subject != string(creation.Order.ID) {
					t.Errorf("CreateOrder: got the claim of %s, %v, want its own", claim.Subject, err)
				}
				wantIncrements(t, direct, creation.Order.ID, 0)
				if _, err := s.CreateOrder(t.Context(), creation); key == "" && fault.KindOf(err) != fault.Conflict {
					t.Errorf("creating it again: got %v, want conflict", err)
				}
			})
		}
	}
}

// When another writer was quicker and the answer that says so is lost, the change is
// decided again.
func TestALostRaceWhoseAnswerIsLostIsDecidedAgain(t *testing.T) {
	c, s, direct := behindCutter(t)
	id := storetest.Stored(t, s)
	runs := 0
	_, err := s.UpdateOrder(t.Context(), id, func(change *bridge.Change) error {
		if runs++; runs == 1 {
			increment(t, direct, id)
			c.answers.Store(true)
		}
		storetest.AddPaid(change, 100+change.Order.Paid)
		return nil
	})
	o, readErr := direct.Order(t.Context(), id)
	if err != nil || readErr != nil || runs != 2 || o.Paid != 101 {
		t.Errorf("UpdateOrder: got %v after %d runs and %d paid, want nil after 2 and 101", err, runs, o.Paid)
	}
}

func TestADatabaseThatStaysDownLeavesTheCommitUnknown(t *testing.T) {
	c, s, direct := behindCutter(t)
	id := storetest.Stored(t, s)
	c.stay.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { <-c.refused; cancel() }() // the caller leaves while the change is sent again
	_, err := s.UpdateOrder(ctx, id, func(change *bridge.Change) error {
		c.answers.Store(true)
		return addOne(change)
	})
	if f := fault.Of(err); f.Kind != fault.Unknown || strings.Contains(f.Detail, "update") {
		t.Errorf("UpdateOrder: got %v, want unknown with a detail fit to show", err)
	}
	wantIncrements(t, direct, id, 1)
	for what, err := range map[string]error{
		"CreateOrder":      second(s.CreateOrder(t.Context(), storetest.NewOrder(t))),
		"Order":            second(s.Order(t.Context(), id)),
		"Ping":             s.Ping(t.Context()),
		"KeepNotification": s.KeepNotification(t.Context(), store.InboxItem{ID: "ntf_1", Wallet: "sandbox", EventID: "e1"}),
		"FinishMessage":    s.FinishMessage(t.Context(), "dlv_1", 0, store.Delivery{Status: store.Delivered}),
		"MarkRestored":     second(s.MarkRestored(t.Context(), storetest.Epoch, storetest.Epoch)),
	} {
		if fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s while the database is down: got %v, want unavailable", what, err)
		}
	}
	c.down.Store(false)
	increment(t, s, id)
	wantIncrements(t, direct, id, 2)
}

func second[T any](_ T, err error) error { return err }

// Without an event there is no trace by which a change of the schedule could be
// recognized.
func TestALostChangeOfTheScheduleMayStayUnknown(t *testing.T) {
	c, s, direct := behindCutter(t)
	id := storetest.Stored(t, s)
	due := storetest.Epoch.Add(time.Hour)
	move := func(cut func(*cutter)) error {
		return second(s.UpdateOrder(t.Context(), id, func(change *bridge.Change) error {
			due = due.Add(time.Second)
			change.Order.DueAt = due
			cut(c)
			return nil
		}))
	}
	if err := move(cuts["the request is lost"]); err != nil {
		t.Errorf("when the request is lost: got %v, want nil", err)
	}
	if err := move(cuts["the answer is lost"]); fault.KindOf(err) != fault.Unknown {
		t.Errorf("when the answer is lost: got %v, want unknown", err)
	}
	if o, err := direct.Order(t.Context(), id); err != nil || !o.DueAt.Equal(due) {
		t.Errorf("the order: got due at %v, %v, want %v", o.DueAt, err, due)
	}
}
