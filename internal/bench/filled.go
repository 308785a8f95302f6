package bench

import (
	"context"
	"fmt"

	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/report"
)

const (
	filledRatio  = 0.9 // of the rate of an empty store, with a million orders
	filledRatio7 = 0.7 // with ten million
	filledP99    = 1.5 // of the p99 of an empty store
	tenMillion   = 10_000_000
)

// measureFilled measures creates and notifications with many orders in the store, in turns with
// an empty store.
func measureFilled(ctx context.Context, w *world) ([]report.Row, error) {
	empty, err := w.startTill(ctx, "till-empty", w.o.Program, "")
	if err != nil {
		return nil, err
	}
	defer w.end(empty)
	full, f, err := w.startFilled(ctx, w.o.Filled)
	if err != nil {
		return nil, err
	}
	defer w.end(full)
	if err := w.warm(ctx, []*side{empty, full}); err != nil {
		return nil, err
	}
	rounds, count := w.o.rounds()
	createEmpty, notifyEmpty := w.payTurns(empty, walletInstant, count)
	createFull, notifyFull := w.payTurns(full, walletInstant, count)
	all, err := measure.Alternate(ctx, rounds, w.o.Limit, createFull, createEmpty, notifyFull, notifyEmpty)
	if err != nil {
		return nil, err
	}
	return []report.Row{
		filledRow(fmt.Sprintf("orders created with %d in the store", f.Orders), f.Orders, all[0], all[1]),
		filledRow(fmt.Sprintf("notifications applied with %d orders in the store", f.Orders), f.Orders, all[2], all[3]),
	}, nil
}

func filledRow(what string, orders int, full, empty measure.Series) report.Row {
	row := report.Row{Name: "filled", What: what, Figures: []report.Figure{report.NewFigure(report.Till, full), report.NewFigure("empty", empty)}}
	goal := filledRatio
	if orders >= tenMillion {
		goal = filledRatio7
	}
	row.Checks = []report.Check{
		report.AtLeast("of the rate of the empty store", measure.Ratio(full, empty), goal, report.Times),
		report.AtMost("of the p99 of the empty store", row.Figures[0].P99Millis/max(0.001, row.Figures[1].P99Millis), filledP99, report.Times),
	}
	return row
}
