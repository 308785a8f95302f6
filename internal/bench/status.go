package bench

import (
	"context"

	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/report"
)

// finalRatio is what the status of a final order may cost more than that of a pending one.
const finalRatio = 0.9

// measureStatus measures reads of pending and of final orders.
func measureStatus(ctx context.Context, w *world) ([]report.Row, error) {
	if err := w.start(ctx); err != nil {
		return nil, err
	}
	sides := w.turns()
	rounds, count := w.o.rounds()
	var pending, final []measure.Turn
	for _, s := range sides {
		open, paid, err := w.placeTwo(ctx, s, min(100, count))
		if err != nil {
			return nil, err
		}
		pending = append(pending, s.turn(w.o.Connections, count, reads(s, open)))
		final = append(final, s.turn(w.o.Connections, count, reads(s, paid)))
	}
	all, err := measure.Alternate(ctx, rounds, w.o.Limit, append(pending, final...)...)
	if err != nil {
		return nil, err
	}
	n := len(sides)
	open, ended := w.compared("status", "reads of orders that wait for their payment", all[:n]), w.compared("status", "reads of orders that are final", all[n:])
	ended.Checks = append(ended.Checks, report.AtLeast("of the rate of pending orders", measure.Ratio(all[n], all[0]), finalRatio, report.Times))
	return []report.Row{open, ended}, nil
}

func reads(s *side, orders []placed) func(context.Context, int) error {
	return func(ctx context.Context, i int) error { return s.status(ctx, orders[i%len(orders)].order, "") }
}

// placeTwo creates pending orders and paid ones.
func (w *world) placeTwo(ctx context.Context, s *side, count int) (open, paid []placed, err error) {
	if open, err = w.place(ctx, s, walletInstant, count); err != nil {
		return nil, nil, err
	}
	if paid, err = w.place(ctx, s, walletInstant, count); err != nil {
		return nil, nil, err
	}
	return open, paid, w.pay(ctx, s, walletInstant, paid)
}

// place creates orders, which is not measured.
func (w *world) place(ctx context.Context, s *side, wallet string, count int) ([]placed, error) {
	orders := make([]placed, count)
	_, err := measure.Run(ctx, w.o.Connections, count, creates(s, wallet, orders))
	return orders, err
}

// pay notifies that orders were paid.
func (w *world) pay(ctx context.Context, s *side, wallet string, orders []placed) error {
	_, err := measure.Run(ctx, w.o.Connections, len(orders), func(ctx context.Context, i int) error {
		return s.notify(ctx, wallet, w.wallets[wallet].Paid("/notify/"+wallet, orders[i].request))
	})
	return err
}

// addedP50 is how many milliseconds an order may take beyond its wallet's, when it is alone.
const addedP50 = 2

// measureAlone measures orders that are created one after the other, beside the wallet's own
// latency.
func measureAlone(ctx context.Context, w *world) ([]report.Row, error) {
	if err := w.start(ctx); err != nil {
		return nil, err
	}
	count := min(300, w.o.Orders)
	orders := make([]placed, count)
	s, wallet := w.till, &side{name: "wallet", base: w.wallets[walletInstant].URL, client: newClient()}
	all, err := measure.Alternate(ctx, 1, w.o.Limit,
		s.turn(1, count, creates(s, walletInstant, orders)),
		wallet.turn(1, count, func(ctx context.Context, _ int) error {
			_, err := wallet.send(ctx, "POST", "/v1/payments", `{"requestId":"R"}`, 200, nil)
			return err
		}))
	if err != nil {
		return nil, err
	}
	row := report.Row{Name: "alone", What: "orders created one at a time", Figures: []report.Figure{report.NewFigure(report.Till, all[0])}}
	added := measure.Quantile(all[0].Latencies(), 500) - measure.Quantile(all[1].Latencies(), 500)
	row.Checks = append(row.Checks, report.AtMost("p50 added to the wallet's own", report.Millis(max(0, added)), addedP50, report.MS))
	return []report.Row{row}, w.pay(ctx, s, walletInstant, orders)
}
