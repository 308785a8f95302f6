package pins_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/pins"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func pinned(t *testing.T, p *pins.Pins, names ...string) bool {
	t.Helper()
	got, err := p.Pinned(t.Context(), names...)
	if err != nil {
		t.Fatalf("Pinned(%q): got %v, want nil", names, err)
	}
	return got
}

func pin(t *testing.T, p *pins.Pins, names ...string) {
	t.Helper()
	if err := p.Pin(t.Context(), names...); err != nil {
		t.Fatalf("Pin(%q): got %v, want nil", names, err)
	}
}

func TestAPinIsSeenByEveryNodeOfTheStore(t *testing.T) {
	store := memstore.New()
	one, other := pins.New(store, nil), pins.New(store, nil)
	if pinned(t, one, "a") || pinned(t, one) {
		t.Error("something is pinned in a new store")
	}
	pin(t, one, "a", "b")
	for _, names := range [][]string{{"a"}, {"b"}, {"c", "b"}} {
		if !pinned(t, other, names...) {
			t.Errorf("of %q none is pinned, want one", names)
		}
	}
	if pinned(t, other, "c") || pinned(t, other) {
		t.Error("what was not pinned is pinned")
	}
}

func TestPinningAgainWritesNothing(t *testing.T) {
	store := memstore.New()
	now := noon
	p := pins.New(store, func() time.Time { return now })
	pin(t, p, "a")
	now = now.Add(time.Hour)
	pin(t, p, "a")
	doc, version, err := store.Document(t.Context(), "wallet_pins", -1)
	if err != nil || version != 1 || string(doc) != `{"a":{"at":"2026-01-02T12:00:00Z"}}` {
		t.Errorf("got %s in version %d, %v; want the first pin and its time", doc, version, err)
	}
	pin(t, p, "a", "b")
	doc, _, err = store.Document(t.Context(), "wallet_pins", -1)
	if err != nil || string(doc) != `{"a":{"at":"2026-01-02T12:00:00Z"},"b":{"at":"2026-01-02T13:00:00Z"}}` {
		t.Errorf("got %s, %v; want a second pin beside the first", doc, err)
	}
}

func TestPinsOfSeveralNodesAtOnceAreAllKept(t *testing.T) {
	store := memstore.New()
	var nodes sync.WaitGroup
	for i := range 20 {
		nodes.Go(func() {
			if err := pins.New(store, nil).Pin(context.Background(), fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
	for i := range 20 {
		if !pinned(t, pins.New(store, nil), fmt.Sprint(i)) {
			t.Errorf("pin %d is lost", i)
		}
	}
}

func TestPinsThatCannotBeReadAreAFault(t *testing.T) {
	store := memstore.New()
	err := store.ChangeDocument(t.Context(), "wallet_pins", func([]byte) ([]byte, error) { return []byte("["), nil })
	if err != nil {
		t.Fatal(err)
	}
	p := pins.New(store, nil)
	if got, err := p.Pinned(t.Context(), "a"); got || !errors.Is(err, fault.Internal) {
		t.Errorf("Pinned: got %v and %v, want internal", got, err)
	}
	if err := p.Pin(t.Context(), "a"); !errors.Is(err, fault.Internal) {
		t.Errorf("Pin: got %v, want internal", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Pinned(ended, "a"); err == nil {
		t.Error("a store that does not answer pins nothing")
	}
}
