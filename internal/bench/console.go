package bench

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/internal/bench/far"
	"github.com/minitill/minitill/internal/bench/fill"
)

const (
	rareOrders   = 300 // of each kind that is rare
	refundedEach = 20  // one order of so many was refunded
	otherAmount  = `{"currency":"USD","value":"900"}`
)

// startConsole starts a till with many orders, of which a few are rare, and signs an operator
// in when its index is complete. It returns what that took, in words.
func (w *world) startConsole(ctx context.Context) (*side, *visitor, []string, error) {
	s, originals, err := w.samples(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	s.stop()
	if _, err := w.fill(ctx, s, min(rareOrders*len(originals.rare), w.o.Filled), originals.rare...); err != nil {
		return nil, nil, nil, err
	}
	usual := append(slices.Repeat([]fill.Original{originals.paid}, refundedEach-1), originals.refunded)
	f, err := w.fill(ctx, s, w.o.Filled, usual...)
	if err != nil {
		return nil, nil, nil, err
	}
	v, took, err := s.startSignedIn(ctx)
	facts := []string{fmt.Sprintf("%d orders in the store, which takes %d MiB; its index was complete after %v", f.Orders, f.Bytes>>20, took.Round(time.Second))}
	return s, v, facts, err
}

// startSignedIn starts a server with an operator, and returns when its index is complete.
func (s *side) startSignedIn(ctx context.Context) (*visitor, time.Duration, error) {
	token, err := s.addOperator(ctx)
	if err == nil {
		err = s.start(ctx)
	}
	if err != nil {
		return nil, 0, err
	}
	began := time.Now()
	v, err := s.join(ctx, token)
	if err == nil {
		err = s.awaitIndex(ctx)
	}
	return v, time.Since(began), err
}

// originals are the orders that a store is filled with.
type originals struct {
	paid, refunded fill.Original
	rare           []fill.Original
}

// samples starts a till and lets it write one order of each kind.
func (w *world) samples(ctx context.Context) (*side, originals, error) {
	s, paid, err := w.sample(ctx, "till-console")
	if err != nil {
		return nil, originals{}, err
	}
	all := originals{paid: paid}
	err = w.sampleRest(ctx, s, &all)
	return s, all, err
}

func (w *world) sampleRest(ctx context.Context, s *side, all *originals) (err error) {
	var o placed
	if o, all.refunded, err = s.sampleOf(ctx, 1); err == nil {
		err = w.payAs(ctx, s, o, "PAID", far.Amount, http.StatusOK)
	}
	if err == nil {
		// The key names the order, so that each copy has another.
		_, err = s.send(ctx, http.MethodPost, "/v1/orders/"+o.order+"/refunds", "", http.StatusCreated, http.Header{
			"Authorization": {"Bearer " + s.apiKey}, "Idempotency-Key": {"refund-" + o.order},
		})
	}
	if err != nil {
		return err
	}
	for _, rare := range []struct {
		quantity       int
		status, amount string
		payer          bool
		want           int
	}{{2, "FAILED", otherAmount, false, http.StatusOK}, {1, "PAID", far.Amount, true, http.StatusOK}, {1, "PAID", otherAmount, false, http.StatusBadRequest}} {
		guest := s.session
		if rare.payer {
			if s.session, err = s.openSessionWith(ctx, `{"wallet":"`+walletInstant+`","authCode":"any"}`); err != nil {
				return err
			}
		}
		o, original, err := s.sampleOf(ctx, rare.quantity)
		if err == nil {
			err = w.payAs(ctx, s, o, rare.status, rare.amount, rare.want)
		}
		if err != nil {
			return err
		}
		s.session, all.rare = guest, append(all.rare, original)
	}
	return nil
}

func (s *side) sampleOf(ctx context.Context, quantity int) (placed, fill.Original, error) {
	o, err := s.createOf(ctx, fmt.Sprintf(`{"items":[{"sku":"latte","quantity":%d}],"wallet":"%s"}`, quantity, walletInstant))
	return o, fill.Original{ID: strings.TrimPrefix(o.order, "ord_"), Key: s.lastKey()}, err
}

// payAs notifies that an order's payment has a status. A wrong amount is refused, and the order
// needs attention.
func (w *world) payAs(ctx context.Context, s *side, o placed, status, amount string, want int) error {
	path := "/notify/" + walletInstant
	n := w.wallets[walletInstant].News(path, o.request, status, amount)
	_, err := s.send(ctx, http.MethodPost, path, n.Body, want, n.Header)
	return err
}
