package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/report"
)

// indexRatio is what creates must keep of their rate beside the console's index.
const indexRatio = 0.97

// measureIndex measures creates of a till whose console has an operator, and so an index, in
// turns with one that has none. Each stands still while the other is measured, so that the
// index does not catch up in a turn of the other.
func measureIndex(ctx context.Context, w *world) ([]report.Row, error) {
	without, err := w.startTill(ctx, "till-without", w.o.Program, "")
	if err != nil {
		return nil, err
	}
	defer w.end(without)
	with, err := w.startIndexed(ctx)
	if err != nil {
		return nil, err
	}
	defer w.end(with)
	if err := w.warm(ctx, []*side{without, with}); err != nil {
		return nil, err
	}
	if err := with.awaitIndex(ctx); err != nil {
		return nil, err
	}
	return w.indexRows(ctx, with, without)
}

// startIndexed starts a till with an operator.
func (w *world) startIndexed(ctx context.Context) (*side, error) {
	s := &side{name: report.Till, program: w.o.Program}
	if err := w.prepare(ctx, s, ""); err != nil {
		return nil, err
	}
	if _, err := s.addOperator(ctx); err != nil {
		return nil, err
	}
	return s, w.launch(ctx, s)
}

func (w *world) indexRows(ctx context.Context, with, without *side) ([]report.Row, error) {
	rounds, count := w.o.rounds()
	before := with.cpu() - without.cpu()
	all, err := measure.Alternate(ctx, rounds, w.o.Limit, alone(without, w.createTurn(with, count)), alone(with, w.createTurn(without, count)))
	if err != nil {
		return nil, err
	}
	ended := time.Now()
	if err := with.awaitIndex(ctx); err != nil {
		return nil, err
	}
	took := time.Since(ended)
	row := report.Row{Name: "index", What: "orders created while the console's index follows, beside a till without one"}
	row.Figures = []report.Figure{report.NewFigure(report.Till, all[0]), report.NewFigure("without", all[1])}
	row.Checks = []report.Check{report.AtLeast("of the rate without", measure.Ratio(all[0], all[1]), indexRatio, report.Times)}
	row.Facts = []string{fmt.Sprintf("after the last order the index caught up in %v", took.Round(time.Second/10))}
	if with.cpu() != measure.UnknownCPU { // both have queried the same open orders meanwhile
		each := (with.cpu() - without.cpu() - before) / time.Duration(len(all[0])*count)
		row.Facts = append(row.Facts, fmt.Sprintf("CPU of the index for one order, until it had caught up: %d µs", each.Microseconds()))
	}
	return []report.Row{row}, nil
}

func (w *world) createTurn(s *side, count int) measure.Turn {
	return s.turn(w.o.Connections, count, creates(s, walletInstant, make([]placed, count)))
}

// alone returns a turn during which another server stands still, where the system can do that.
func alone(other *side, turn measure.Turn) measure.Turn {
	return func(ctx context.Context) (measure.Round, error) {
		other.process.Suspend()
		defer other.process.Resume()
		return turn(ctx)
	}
}
