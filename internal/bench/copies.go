package bench

import (
	"context"

	"github.com/minitill/minitill/internal/bench/far"
	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/report"
)

const (
	copies        = 32     // of each notification
	copiesPerSec  = 10_000 // answers
	copiedPerTurn = 100    // orders of a round
)

// measureCopies delivers each notification many times at once, and counts its effects.
func measureCopies(ctx context.Context, w *world) ([]report.Row, error) {
	if err := w.start(ctx); err != nil {
		return nil, err
	}
	count := min(copiedPerTurn, w.o.Orders)
	rounds := max(1, min(w.o.Orders, 2000)/count)
	s := w.till
	var orders []placed
	news := make([]far.Notification, count)
	deliver := s.turn(copies, count*copies, func(ctx context.Context, i int) error { return s.notify(ctx, walletInstant, news[i/copies]) })
	turn := func(ctx context.Context) (measure.Round, error) {
		made, err := w.place(ctx, s, walletInstant, count)
		if err != nil {
			return measure.Round{}, err
		}
		orders = append(orders, made...)
		for i, o := range made {
			news[i] = w.wallets[walletInstant].Paid("/notify/"+walletInstant, o.request)
		}
		return deliver(ctx)
	}
	all, err := measure.Alternate(ctx, rounds, w.o.Limit, turn)
	if err != nil {
		return nil, err
	}
	effects, err := w.effects(ctx, s, orders)
	if err != nil {
		return nil, err
	}
	row := report.Row{Name: "copies", What: "answers to notifications of which 32 copies arrive at once", Figures: []report.Figure{report.NewFigure(report.Till, all[0])}}
	row.Checks = []report.Check{
		report.Exactly("effects of the notifications", effects, len(orders)),
		report.AtLeast("answers", all[0].Rate().Median, copiesPerSec, report.PerS),
	}
	return []report.Row{row}, nil
}

// effects counts how often orders were paid.
func (w *world) effects(ctx context.Context, s *side, orders []placed) (int, error) {
	paid := make([]int, len(orders))
	_, err := measure.Run(ctx, w.o.Connections, len(orders), func(ctx context.Context, i int) (err error) {
		paid[i], err = s.eventsOfType(ctx, orders[i].order, "order.paid")
		return err
	})
	total := 0
	for _, n := range paid {
		total += n
	}
	return total, err
}
