package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/report"
)

const (
	operators     = 10
	operatorPause = 5 * time.Second // between two pages of an operator
	operatorP99   = 1.2             // of the p99 without operators
)

// measureOperators measures payments at half of the highest rate while operators open pages, in
// turns with payments while none does.
func (w *world) measureOperators(ctx context.Context, s *side, pages []pageOf) (row report.Row, err error) {
	var visitors []*visitor
	for range operators {
		v := s.visitor()
		if err := v.signIn(ctx); err != nil {
			return row, err
		}
		visitors = append(visitors, v)
	}
	rounds, count := w.o.rounds()
	orders := make([]placed, count)
	ceiling, err := s.turn(w.o.Connections, count, w.payments(s, orders))(ctx)
	if err != nil {
		return row, err
	}
	pace := ceiling.Took * 2 / time.Duration(count) // between two payments
	none := w.pacedPayments(s, pace, count)
	some := func(ctx context.Context) (measure.Round, error) {
		stop := openAll(ctx, visitors, pages)
		r, err := none(ctx)
		if failed := stop(); err == nil {
			err = failed
		}
		return r, err
	}
	all, err := measure.Alternate(ctx, rounds, w.o.Limit, some, none)
	if err != nil {
		return row, err
	}
	row = report.Row{Name: "operators", What: fmt.Sprintf("payments at half of the highest rate while %d operators open a page each every %v, beside none", operators, operatorPause)}
	row.Figures = []report.Figure{report.NewFigure(report.Till, all[0]), report.NewFigure("none", all[1])}
	row.Checks = []report.Check{report.AtMost("of the p99 without operators", row.Figures[0].P99Millis/max(0.001, row.Figures[1].P99Millis), operatorP99, report.Times)}
	row.Facts = []string{fmt.Sprintf("the highest rate is %.0f payments/s; an order and its notification are one payment", float64(count)/ceiling.Took.Seconds())}
	return row, nil
}

// payments creates an order and notifies that it was paid.
func (w *world) payments(s *side, orders []placed) func(context.Context, int) error {
	create := creates(s, walletInstant, orders)
	return func(ctx context.Context, i int) error {
		if err := create(ctx, i); err != nil {
			return err
		}
		return s.notify(ctx, walletInstant, w.wallets[walletInstant].Paid("/notify/"+walletInstant, orders[i].request))
	}
}

// pacedPayments returns a turn of payments that begin at a pace, whatever the ones before take.
// Their latencies are from when each was to begin.
func (w *world) pacedPayments(s *side, pace time.Duration, count int) measure.Turn {
	orders := make([]placed, count)
	pay := w.payments(s, orders)
	return func(ctx context.Context) (measure.Round, error) {
		took := make([]time.Duration, count)
		began := time.Now()
		r, err := s.turn(4*w.o.Connections, count, func(ctx context.Context, i int) error {
			at := began.Add(time.Duration(i) * pace)
			if err := pause(ctx, time.Until(at)); err != nil {
				return err
			}
			err := pay(ctx, i)
			took[i] = time.Since(at)
			return err
		})(ctx)
		r.Latencies = took
		return r, err
	}
}

// openAll lets each visitor open one page after the other, and all of them begin at other
// times, until stop is called. It returns the first fault.
func openAll(ctx context.Context, visitors []*visitor, pages []pageOf) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	var open sync.WaitGroup
	faults := make(chan error, len(visitors))
	for n, v := range visitors {
		open.Go(func() {
			wait := operatorPause / time.Duration(len(visitors)) * time.Duration(n)
			for i := n; pause(ctx, wait) == nil; i += len(visitors) {
				if _, err := v.open(ctx, pages[i%len(pages)].path); err != nil && ctx.Err() == nil {
					faults <- fmt.Errorf("%s: %w", pages[i%len(pages)].name, err)
					return
				}
				wait = operatorPause
			}
		})
	}
	return func() error {
		cancel()
		open.Wait()
		close(faults)
		return <-faults
	}
}
