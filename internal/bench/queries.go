package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/minitill/minitill/internal/bench/report"
)

const (
	queriesPerSec = 500  // at an instant wallet
	queryPlaces   = 32   // status queries at one wallet at once: an eighth of 256 calls
	queryRatio    = 0.9  // of places ÷ latency
	lostOrders    = 4000 // or fewer, as Orders says
)

// measureQueries measures how quickly orders end whose notifications are lost: at an instant
// wallet, and at a slow one. Each has a till of its own, which is down until all are due.
func measureQueries(ctx context.Context, w *world) ([]report.Row, error) {
	count := min(lostOrders, w.o.Orders)
	quick, err := w.lost(ctx, walletLost, count)
	if err != nil {
		return nil, err
	}
	quick.Checks = append(quick.Checks, report.AtLeast("queries", quick.Figures[0].PerSecond, queriesPerSec, report.PerS))
	slow, err := w.lost(ctx, walletLostSlow, max(1, count/4))
	if err != nil {
		return nil, err
	}
	most := queryPlaces / slowDelay.Seconds()
	slow.Checks = append(slow.Checks, report.AtLeast("of places ÷ latency", slow.Figures[0].PerSecond/most, queryRatio, report.Times))
	return []report.Row{quick, slow}, nil
}

// dueAfter is longer than a new order waits for its first status query.
const dueAfter = 7 * time.Second

// lost measures the queries of one wallet.
func (w *world) lost(ctx context.Context, wallet string, count int) (report.Row, error) {
	s, err := w.startTill(ctx, "till-"+wallet, w.o.Program, "")
	if err != nil {
		return report.Row{}, err
	}
	defer w.end(s)
	if _, err := w.place(ctx, s, wallet, count); err != nil {
		return report.Row{}, err
	}
	s.stop()
	asked := w.wallets[wallet].Queries()
	if err := pause(ctx, dueAfter); err != nil {
		return report.Row{}, err
	}
	if err := s.start(ctx); err != nil {
		return report.Row{}, err
	}
	rate, err := w.drain(ctx, wallet, asked, count-asked)
	row := report.Row{Name: "queries", What: fmt.Sprintf("status queries for %d due orders at the wallet %s", count-asked, wallet)}
	row.Figures = []report.Figure{{Side: report.Till, Rounds: 1, PerSecond: rate, Low: rate, High: rate}}
	return row, err
}

// drain waits for that many queries of a wallet after the first ones, or for the end of the
// time, and returns how many there were in a second.
func (w *world) drain(ctx context.Context, wallet string, before, count int) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, w.o.Limit)
	defer cancel()
	times := w.wallets[wallet].WaitForQueries(ctx, before, count)
	if context.Cause(ctx) == context.Canceled {
		return 0, ctx.Err()
	}
	return perSecond(times), nil
}

// perSecond is the rate between the first and the last of several moments.
func perSecond(times []time.Time) float64 {
	if len(times) < 2 {
		return 0
	}
	took := times[len(times)-1].Sub(times[0])
	if took <= 0 {
		return 0
	}
	return float64(len(times)-1) / took.Seconds()
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, how time.Duration) error {
	timer := time.NewTimer(how)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
