package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/report"
)

const (
	slowRatio   = 0.94
	slowGrowth  = 2  // of the p99 elsewhere
	probeEvery  = 20 // milliseconds between two orders at another wallet
	slowPerTurn = 20 // orders of each client
	walletCalls = 256
)

// measureSlow measures orders at a wallet that takes 100 ms, and what they do to another
// wallet's.
func measureSlow(ctx context.Context, w *world) ([]report.Row, error) {
	if err := w.start(ctx); err != nil {
		return nil, err
	}
	quiet, err := w.probeFor(ctx, 2*time.Second)
	if err != nil {
		return nil, err
	}
	var rows []report.Row
	for _, clients := range []int{32, 200} {
		row, err := w.slowRow(ctx, clients, quiet)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// creates creates orders at a wallet.
func creates(s *side, wallet string, orders []placed) func(context.Context, int) error {
	return func(ctx context.Context, i int) (err error) {
		orders[i], err = s.create(ctx, wallet)
		return err
	}
}

// probes are latencies of orders at a quick wallet.
type probes []time.Duration

func (p probes) p99() time.Duration {
	slices.Sort(p)
	return measure.Quantile(p, 990)
}

// slowRow measures that many clients at the slow wallet. Their bound is the wallet's latency, or
// what the till does at an instant one with as many connections.
func (w *world) slowRow(ctx context.Context, clients int, quiet probes) (report.Row, error) {
	count := min(clients*slowPerTurn, max(clients, w.o.Orders))
	s := w.till
	orders, quick := make([]placed, count), make([]placed, count)
	opened := w.wallets[walletSlow].Opened()
	var slow, instant measure.Round
	loud, err := w.probeWhile(ctx, func() (err error) {
		slow, err = s.turn(clients, count, creates(s, walletSlow, orders))(ctx)
		return err
	})
	if err != nil {
		return report.Row{}, err
	}
	_, err = w.probeWhile(ctx, func() (err error) {
		instant, err = s.turn(clients, count, creates(s, walletInstant, quick))(ctx)
		return err
	})
	if err != nil {
		return report.Row{}, err
	}
	row := report.Row{Name: "slow", What: fmt.Sprintf("orders of %d clients at a wallet that takes %v", clients, slowDelay), Figures: []report.Figure{
		report.NewFigure(report.Till, measure.Series{slow}), report.NewFigure("at once", measure.Series{instant}),
	}}
	most := min(float64(clients)/slowDelay.Seconds(), measure.Series{instant}.Rate().Median)
	row.Checks = []report.Check{
		report.AtLeast("of the bound", measure.Series{slow}.Rate().Median/most, slowRatio, report.Times),
		report.AtMost("growth of the p99 at another wallet", float64(loud.p99())/float64(max(1, quiet.p99())), slowGrowth, report.Times),
		report.AtMost("connections opened to the wallet", float64(w.wallets[walletSlow].Opened()-opened), walletCalls, report.Count),
	}
	if err := w.pay(ctx, s, walletSlow, orders); err != nil {
		return row, err
	}
	return row, w.pay(ctx, s, walletInstant, quick)
}

// probeFor creates orders at a quick wallet, at a steady pace.
func (w *world) probeFor(ctx context.Context, how time.Duration) (probes, error) {
	timer := time.NewTimer(how)
	defer timer.Stop()
	return w.probeWhile(ctx, func() error {
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// probeWhile does the same until f returns. What was created is paid.
func (w *world) probeWhile(ctx context.Context, f func() error) (probes, error) {
	p := &prober{world: w}
	done := make(chan struct{})
	var probing sync.WaitGroup
	probing.Go(func() { p.run(ctx, done) })
	err := f()
	close(done)
	probing.Wait()
	if err == nil {
		err = p.err
	}
	if err != nil {
		return nil, err
	}
	return p.took, w.pay(ctx, w.till, walletInstant, p.orders)
}

type prober struct {
	world  *world
	mu     sync.Mutex
	took   probes
	orders []placed
	err    error
}

// run creates an order at each tick, whether or not the one before was answered.
func (p *prober) run(ctx context.Context, done <-chan struct{}) {
	tick := time.NewTicker(probeEvery * time.Millisecond)
	defer tick.Stop()
	var probing sync.WaitGroup
	defer probing.Wait()
	for {
		probing.Go(func() { p.probe(ctx) })
		select {
		case <-tick.C:
		case <-done:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (p *prober) probe(ctx context.Context) {
	began := time.Now()
	o, err := p.world.till.create(ctx, walletInstant)
	took := time.Since(began)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.err = err
		return
	}
	p.took, p.orders = append(p.took, took), append(p.orders, o)
}
