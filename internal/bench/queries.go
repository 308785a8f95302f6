package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/minitill/minitill/internal/bench/fill"
	"github.com/minitill/minitill/internal/bench/report"
)

const (
	queriesPerSec = 500 // at an instant wallet
	queryPlaces   = 32  // status queries at one wallet at once: an eighth of 256 calls
	queryRatio    = 0.9 // of places ÷ latency
)

// measureQueries measures how quickly orders end whose notifications are lost: at an instant
// wallet half as many as Orders, and at a slow one an eighth. Each has a till of its own.
func measureQueries(ctx context.Context, w *world) ([]report.Row, error) {
	count := max(2, w.o.Orders/2)
	quick, err := w.lost(ctx, walletLost, count)
	if err != nil {
		return nil, err
	}
	quick.Checks = append(quick.Checks, report.AtLeast("queries", quick.Figures[0].PerSecond, queriesPerSec, report.PerS))
	slow, err := w.lost(ctx, walletLostSlow, max(2, count/4))
	if err != nil {
		return nil, err
	}
	most := queryPlaces / slowDelay.Seconds()
	slow.Checks = append(slow.Checks, report.AtLeast("of places ÷ latency", slow.Figures[0].PerSecond/most, queryRatio, report.Times))
	return []report.Row{quick, slow}, nil
}

// The due orders were created over dueSpan, the last of them dueAge ago: none has expired, and
// the first status query of each is due.
const (
	dueSpan = 10 * time.Minute
	dueAge  = 15 * time.Second
)

// lost measures the queries of one wallet.
func (w *world) lost(ctx context.Context, wallet string, count int) (report.Row, error) {
	s, err := w.startTill(ctx, "till-"+wallet, w.o.Program, "")
	if err != nil {
		return report.Row{}, err
	}
	defer w.end(s)
	rate, err := w.queryDue(ctx, s, wallet, count)
	row := report.Row{Name: "queries", What: fmt.Sprintf("status queries for %d due orders at the wallet %s", count, wallet)}
	row.Figures = []report.Figure{{Side: report.Till, Rounds: 1, PerSecond: rate, Low: rate, High: rate}}
	return row, err
}

// queryDue returns how many due orders a till finds and queries in a second. The orders are
// written while it is stopped, and due when it starts.
func (w *world) queryDue(ctx context.Context, s *side, wallet string, count int) (float64, error) {
	orders, err := w.place(ctx, s, wallet, 1)
	if err != nil {
		return 0, err
	}
	original := fill.Original{ID: strings.TrimPrefix(orders[0].order, "ord_"), Key: s.lastKey()}
	s.stop()
	if _, err := w.copyOrders(ctx, s, fill.Options{Originals: []fill.Original{original}, Orders: count, Span: dueSpan, Age: dueAge}); err != nil {
		return 0, err
	}
	queries := w.wallets[wallet].Queries()
	if err := s.start(ctx); err != nil {
		return 0, err
	}
	return w.drain(ctx, wallet, queries, count)
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
