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
	limited, cancel := context.WithTimeout(ctx, w.o.Limit)
	defer cancel()
	times := w.wallets[wallet].WaitForQueries(limited, before, count)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	return queryRate(times, count, w.wallets[wallet].Delay, w.o.Limit), nil
}

// queryRate is the rate of queries that came at several moments, the last of which is answered
// after the wallet's delay. When some of them did not come, it is that of the whole time.
func queryRate(times []time.Time, count int, delay, limit time.Duration) float64 {
	if len(times) < count {
		return float64(len(times)) / limit.Seconds()
	}
	if len(times) < 2 {
		return 0
	}
	return float64(len(times)) / max(time.Millisecond, times[len(times)-1].Sub(times[0])+delay).Seconds()
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
