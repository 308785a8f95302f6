package engine_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// pinged is a store that counts how often it was written to for a probe.
type pinged struct {
	engine.Store
	pings atomic.Int64
	full  atomic.Bool // the disk
	hang  chan struct{}
}

func (p *pinged) Ping(ctx context.Context) error {
	p.pings.Add(1)
	if p.hang != nil {
		select {
		case <-p.hang:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if p.full.Load() {
		return errors.New("the disk is full")
	}
	return nil
}

type queryable struct{ wallet.Wallet }

func (queryable) QueryPayment(context.Context, wallet.Ref) (wallet.Payment, error) {
	return wallet.Payment{}, fault.Unavailable
}

func newProbed(t *testing.T) (*engine.Engine, *pinged) {
	e, store, _ := newLogged(t)
	return e, store
}

func newLogged(t *testing.T) (*engine.Engine, *pinged, *bytes.Buffer) {
	store, log := &pinged{Store: memstore.New()}, new(bytes.Buffer)
	e, err := engine.New(engine.Config{Store: store, Log: slog.New(slog.NewTextHandler(log, nil)), Wallets: map[string]wallet.Wallet{"w": queryable{}}, PublicURL: "https://pay.example"})
	if err != nil {
		t.Fatal(err)
	}
	return e, store, log
}

// TestAStoreThatTakesNoWritesIsLoggedOnce, with what to do, and once more when it takes them
// again.
func TestAStoreThatTakesNoWritesIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, store, log := newLogged(t)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()
		for _, full := range []bool{false, true, false} {
			store.full.Store(full)
			time.Sleep(time.Minute)
		}
		stop()
		<-done
		const failing, again = "level=ERROR msg=\"the store takes no writes", "level=INFO msg=\"the store takes writes again"
		got := log.String()
		if strings.Count(got, failing) != 1 || strings.Count(got, again) != 1 || !strings.Contains(got, "make room on its disk") {
			t.Errorf("the log has %s", got)
		}
	})
}

// TestReadinessChecksWriteNothing however often it is called: Run probes.
func TestReadinessChecksWriteNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, store := newProbed(t)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()
		synctest.Wait()
		began := time.Now()
		for range 60 {
			for range 100 {
				if err := e.Ready(ctx); err != nil {
					t.Fatalf("Ready: got %v, want nil", err)
				}
			}
			time.Sleep(time.Second)
		}
		if most := int64(time.Since(began)/time.Second) + 1; store.pings.Load() > most {
			t.Errorf("%d probes in %s, want one a second at most", store.pings.Load(), time.Since(began))
		}
		store.full.Store(true)
		time.Sleep(3 * time.Second)
		if err := e.Ready(ctx); err == nil {
			t.Error("Ready: got nil, though the last probe failed")
		}
		store.full.Store(false)
		time.Sleep(3 * time.Second)
		if err := e.Ready(ctx); err != nil {
			t.Errorf("Ready: got %v, though the last probe went well", err)
		}
		stop()
		<-done
	})
}

// TestAStoreThatHangsIsNotReady: of all callers one probes, and all are answered after the
// time of one probe.
func TestAStoreThatHangsIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, store := newProbed(t)
		store.hang = make(chan struct{})
		began := time.Now()
		var callers sync.WaitGroup
		for range 100 {
			callers.Go(func() {
				if err := e.Ready(t.Context()); err == nil {
					t.Error("Ready: got nil while the store hangs")
				}
			})
		}
		callers.Wait()
		if took := time.Since(began); took > time.Second || store.pings.Load() != 1 {
			t.Errorf("a hundred callers waited %s and probed %d times", took, store.pings.Load())
		}
	})
}
