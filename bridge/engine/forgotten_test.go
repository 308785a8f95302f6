package engine_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// backup copies the store's file as a backup does: while nothing writes.
func backup(t *testing.T, from, to string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		in, err := os.Open(from + suffix)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		out, err := os.Create(to + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(out, in); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(in.Close(), out.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// A store that is restored from a backup has forgotten what was made after it: the wallets
// are queried under the ids that it would have used next, before money may go out again, and
// no id is used twice.
func TestARestoredStoreFindsWhatItHasForgotten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "till.db")
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(_ *simulator.Config, config *engine.Config) { config.Store = store })
	refunded, switched := w.create(), w.create()
	w.pays(refunded, "pay")
	w.delivered()
	w.want(refunded.ID, wallet.Paid, 450, "")
	w.pays(switched, "decline")
	w.delivered()
	w.want(switched.ID, wallet.Failed, 0, "")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(t.TempDir(), "backup.db")
	backup(t, path, old)

	w.reopen(path)
	if _, err := w.engine.Refund(w.ctx, refunded.ID, refund.Request{Amount: usd(100), Source: bridge.FromMerchant}, nil); err != nil {
		t.Fatal(err)
	}
	again, err := w.engine.Pay(w.ctx, switched.ID, bridge.PayRequest{Source: bridge.FromClient}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.pays(again.Subject, "pay")
	w.delivered()
	w.want(switched.ID, wallet.Paid, 450, "")

	w.reopen(old)
	restored, err := w.store.MarkRestored(w.ctx, w.clock.Now(), w.clock.Now().Add(-24*time.Hour))
	if err != nil || restored.Epoch != 1 || !restored.Held() {
		t.Fatalf("got %+v, %v, want the first epoch, held", restored, err)
	}
	w.restart()
	for _, req := range []refund.Request{{Amount: usd(100), Source: bridge.FromMerchant}, {Source: bridge.FromMerchant}} {
		if _, err := w.engine.Refund(w.ctx, refunded.ID, req, nil); !errors.Is(err, fault.Conflict) {
			t.Errorf("a refund while money is held: got %v, want Conflict", err)
		}
	}
	if _, err := w.engine.LiftRestoration(w.ctx, "ann", "books compared"); !errors.Is(err, fault.Conflict) {
		t.Errorf("lifting before the orders were queried: got %v, want Conflict", err)
	}
	w.queryAfter(0)
	o := w.want(refunded.ID, wallet.Paid, 450, bridge.ForeignRefund)
	if o.Refunded != 100 {
		t.Errorf("got %d refunded, want the 100 that the store had forgotten", o.Refunded)
	}
	w.want(switched.ID, wallet.Paid, 450, "")
	if _, err := w.engine.LiftRestoration(w.ctx, "ann", "books compared"); err != nil {
		t.Fatal(err)
	}
	outcome, err := w.engine.Refund(w.ctx, refunded.ID, refund.Request{Amount: usd(50), Source: bridge.FromMerchant}, nil)
	if err != nil {
		t.Fatal(err)
	}
	request := outcome.Subject.Refunds[outcome.Refund-1].RequestID
	if want := string(refunded.ID)[len("ord_"):] + "R2A"; request != want {
		t.Errorf("the next refund is requested as %s, want %s", request, want)
	}
	far, _ := w.provider.Payment(refunded.Payments[0].RequestID)
	if far.Refunded != usd(150) {
		t.Errorf("the provider has refunded %v, want 1.50", far.Refunded)
	}
}

// queryAll marks the store as restored, queries the wallets and lets money out.
func (w *world) queryAll() {
	w.Helper()
	w.restore()
	w.queryAfter(0)
	w.queryInSteps(3, time.Minute)
	if err := w.lift(); err != nil {
		w.Fatal(err)
	}
}

// An order that was open when the backup was made, and was paid and refunded since, is
// found with its refund: the store does not know yet that there is anything to refund.
func TestARestoredStoreFindsTheRefundOfAnOrderThatWasOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "till.db")
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(_ *simulator.Config, config *engine.Config) { config.Store = store })
	o := w.create()
	old := filepath.Join(t.TempDir(), "backup.db")
	if err := sqlite.Copy(t.Context(), path, old); err != nil {
		t.Fatal(err)
	}
	w.pays(o, "pay")
	w.delivered()
	if _, err := w.refund(&o, 100); err != nil {
		t.Fatal(err)
	}
	w.reopen(old)
	w.queryAll()
	w.wantRefunds(o.ID, 100, 0)
	w.sameBooks()
}

// The same backup is restored twice, into two epochs: what was made in the first of them,
// and before it, is found.
func TestABackupThatIsRestoredTwiceFindsTheRequestsOfBothRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "till.db")
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(_ *simulator.Config, config *engine.Config) { config.Store = store })
	o := w.paid()
	first, second := filepath.Join(t.TempDir(), "first.db"), filepath.Join(t.TempDir(), "second.db")
	for _, old := range []string{first, second} {
		if err := sqlite.Copy(t.Context(), path, old); err != nil {
			t.Fatal(err)
		}
	}
	for _, old := range []string{"", first} {
		if old != "" {
			w.reopen(old)
			w.queryAll()
		}
		if _, err := w.refund(&o, 100); err != nil {
			t.Fatal(err)
		}
	}
	w.reopen(second)
	if _, err := w.store.MarkRestored(w.ctx, w.clock.Now(), w.clock.Now()); err != nil { // the epoch of the first
		t.Fatal(err)
	}
	w.queryAll()
	w.wantRefunds(o.ID, 200, 0)
	w.sameBooks()
}

// reopen is a new process over another file.
func (w *world) reopen(path string) {
	w.Helper()
	if db, open := w.config.Store.(io.Closer); open {
		_ = db.Close()
	}
	store, err := sqlite.Open(w.ctx, path)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = store.Close() })
	w.config.Store, w.store = store, store
	w.restart()
}

// A call that reached no wallet used a number. What was made after it is found all the same, up
// to two such numbers in a row.
func TestARestoredStoreFindsWhatWasMadeAfterCallsThatReachedNoWallet(t *testing.T) {
	for lost, found := range map[int]int64{0: 100, 1: 100, engine.MaxGap - 1: 100, engine.MaxGap: 0} {
		path := filepath.Join(t.TempDir(), "till.db")
		store, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, func(_ *simulator.Config, config *engine.Config) { config.Store = store })
		o := w.paid()
		switched := w.create()
		w.pays(switched, "decline")
		w.delivered()
		old := filepath.Join(t.TempDir(), "backup.db")
		if err := sqlite.Copy(t.Context(), path, old); err != nil {
			t.Fatal(err)
		}
		refused := func(calls string, call func()) {
			w.provider.Inject(simulator.Rule{Fault: simulator.Refused, Endpoint: calls, Times: lost})
			for range lost {
				call()
			}
			w.provider.Clear()
		}
		refused("/v1/refunds", func() { w.wantKind("a refused refund", errOf(w.refund(&o, 50)), fault.Declined) })
		if _, err := w.refund(&o, 100); err != nil {
			t.Fatal(err)
		}
		pay := func() error {
			_, err := w.engine.Pay(w.ctx, switched.ID, bridge.PayRequest{Source: bridge.FromClient}, nil)
			return err
		}
		refused("/v1/payments", func() { w.wantKind("a refused payment", pay(), fault.Declined) })
		if err := pay(); err != nil {
			t.Fatal(err)
		}
		w.pays(w.order(switched.ID), "pay")
		w.delivered()
		w.reopen(old)
		w.queryAll()
		w.wantRefunds(o.ID, found, 0)
		if got := w.order(switched.ID).Paid; (got == 450) != (found > 0) {
			t.Errorf("with %d lost calls the store found a payment of %d", lost, got)
		}
		if found > 0 {
			w.sameBooks()
		}
	}
}

// A wallet that does not answer ends the search, and the next query begins with the number that
// it has not answered.
func TestARestoredStoreSearchesOnAfterAQueryWithoutAnAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "till.db")
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(_ *simulator.Config, config *engine.Config) { config.Store = store })
	o := w.paid()
	old := filepath.Join(t.TempDir(), "backup.db")
	if err := sqlite.Copy(t.Context(), path, old); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := w.refund(&o, 100); err != nil {
			t.Fatal(err)
		}
	}
	w.reopen(old)
	w.restore()
	w.provider.Inject(simulator.Rule{Fault: simulator.CutBefore, Endpoint: "/v1/refunds/query", Times: 1})
	w.queryAfter(0)
	w.wantRefunds(o.ID, 0, 0)
	w.wantKind("lifting before the refunds were answered", w.lift(), fault.Conflict)
	w.queryInSteps(3, time.Minute)
	if err := w.lift(); err != nil {
		t.Fatal(err)
	}
	w.wantRefunds(o.ID, 200, 0)
	w.sameBooks()
}
