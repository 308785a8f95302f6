package bench

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/minitill/minitill/internal/bench/far"
	"github.com/minitill/minitill/internal/bench/fill"
	"github.com/minitill/minitill/internal/bench/machine"
)

// filledSpan is the time over which the orders of a filled store were created.
const filledSpan = 90 * 24 * time.Hour

// keptAnswers is how long a till keeps the answers of idempotency keys, less a margin. It keeps
// the keys themselves for good.
const keptAnswers = 47 * time.Hour

// startFilled starts a till with that many paid orders in its store, each with one webhook that
// was delivered, or as many as half of the free disk holds.
func (w *world) startFilled(ctx context.Context, orders int) (*side, fill.Filled, error) {
	s, original, err := w.sample(ctx, "till-filled")
	if err != nil {
		return nil, fill.Filled{}, err
	}
	s.stop()
	f, err := w.fill(ctx, s, orders, original)
	if err != nil {
		return s, f, err
	}
	return s, f, s.start(ctx)
}

// sample starts a till and lets it write an order to copy.
func (w *world) sample(ctx context.Context, name string) (*side, fill.Original, error) {
	r, err := far.StartReceiver(false)
	if err != nil {
		return nil, fill.Original{}, err
	}
	defer r.Close()
	s, err := w.startHooked(ctx, name, r, "/good/sample")
	if err != nil {
		return nil, fill.Original{}, err
	}
	o, err := w.sampleOrder(ctx, s, r)
	return s, o, err
}

func (w *world) sampleOrder(ctx context.Context, s *side, r *far.Receiver) (fill.Original, error) {
	orders, err := w.place(ctx, s, walletInstant, 1)
	if err != nil {
		return fill.Original{}, err
	}
	o := fill.Original{ID: strings.TrimPrefix(orders[0].order, "ord_"), Key: s.lastKey()}
	if err := w.pay(ctx, s, walletInstant, orders); err != nil {
		return o, err
	}
	if err := w.receive(ctx, r, 1); err != nil {
		return o, err
	}
	if err := s.awaitDelivered(ctx); err != nil {
		return o, err
	}
	return o, w.dropEndpoints(ctx, s)
}

// awaitDelivered waits until the store has the outcome of the delivery that was received.
func (s *side) awaitDelivered(ctx context.Context) error {
	for {
		list, err := s.merchant(ctx, http.MethodGet, "/deliveries", "", http.StatusOK)
		if err != nil || strings.Contains(string(list), `"status":"delivered"`) {
			return err
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

// dropEndpoints removes the endpoint again, since its receiver ends.
func (w *world) dropEndpoints(ctx context.Context, s *side) error {
	list, err := s.merchant(ctx, http.MethodGet, "/webhook-endpoints", "", http.StatusOK)
	if err != nil {
		return err
	}
	_, rest, found := strings.Cut(string(list), `"id":"`)
	id, _, ended := strings.Cut(rest, `"`)
	if !found || !ended {
		return nil
	}
	_, err = s.merchant(ctx, http.MethodDelete, "/webhook-endpoints/"+id, "", http.StatusNoContent)
	return err
}

// fill copies orders, which take turns, into the store of a server that does not run. The store takes at most
// half of the free disk.
func (w *world) fill(ctx context.Context, s *side, orders int, of ...fill.Original) (fill.Filled, error) {
	return w.fillTo(ctx, s, orders, machine.Free(w.dir)/2, of...)
}

// fillTo is fill with another limit of the store's bytes; 0 is none.
func (w *world) fillTo(ctx context.Context, s *side, orders int, most int64, of ...fill.Original) (fill.Filled, error) {
	return w.copyOrders(ctx, s, fill.Options{
		Originals: of, Orders: orders, Span: filledSpan, MostBytes: most, Kept: map[string]time.Duration{"answers": keptAnswers},
	})
}

// copyOrders copies orders into the store of a server that does not run.
func (w *world) copyOrders(ctx context.Context, s *side, options fill.Options) (fill.Filled, error) {
	options.Progress = func(made, of int) { w.o.Progress.Note(fmt.Sprintf("filling the store: %d of %d orders", made, of)) }
	dir := filepath.Dir(s.config)
	if w.databases == nil {
		options.Path = filepath.Join(dir, "data", "minitill.db")
		return fill.Fill(ctx, options)
	}
	address, err := os.ReadFile(filepath.Join(dir, databaseURLFile))
	if err != nil {
		return fill.Filled{}, err
	}
	options.URL = string(address)
	return fill.Fill(ctx, options)
}
