package bench

import (
	"context"

	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/report"
)

// The bounds of the paths of a payment.
const (
	createRatio   = 0.7
	notifyRatio   = 0.8
	besideCreates = 1.5
	besideNotify  = 1.2
	besideShared  = 1.3 // creates on PostgreSQL
	mostP99       = 10  // milliseconds
	mostCPU       = 240 // microseconds of a create
)

// measurePay measures creates and notifications. The orders of each round are paid in the next
// one, so that none waits for its status query while the others are measured.
func measurePay(ctx context.Context, w *world) ([]report.Row, error) {
	if err := w.start(ctx); err != nil {
		return nil, err
	}
	sides := w.turns()
	if err := w.warm(ctx, sides); err != nil {
		return nil, err
	}
	rounds, count := w.o.rounds()
	creates, notifies := make([]measure.Turn, len(sides)), make([]measure.Turn, len(sides))
	for i, s := range sides {
		creates[i], notifies[i] = w.payTurns(s, walletInstant, count)
	}
	all, err := measure.Alternate(ctx, rounds, w.o.Limit, append(creates, notifies...)...)
	if err != nil {
		return nil, err
	}
	return w.payRows(all[:len(sides)], all[len(sides):]), nil
}

// payTurns returns a turn that creates orders and one that pays them.
func (w *world) payTurns(s *side, wallet string, count int) (create, notify measure.Turn) {
	orders := make([]placed, count)
	create = s.turn(w.o.Connections, count, creates(s, wallet, orders))
	notify = s.turn(w.o.Connections, count, func(ctx context.Context, i int) error {
		return s.notify(ctx, wallet, w.wallets[wallet].Paid("/notify/"+wallet, orders[i].request))
	})
	return create, notify
}

// warmOrders are paid before anything is measured.
const warmOrders = 200

func (w *world) warm(ctx context.Context, sides []*side) error {
	for _, s := range sides {
		if err := w.payAll(ctx, s, min(warmOrders, w.o.Orders)); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) payAll(ctx context.Context, s *side, count int) error {
	create, notify := w.payTurns(s, walletInstant, count)
	if _, err := create(ctx); err != nil {
		return err
	}
	_, err := notify(ctx)
	return err
}

func (w *world) payRows(creates, notifies []measure.Series) []report.Row {
	create := w.compared("create", "orders created at an HMAC wallet that answers at once", creates)
	create.Checks = append(create.Checks, report.AtLeast("of the reference", measure.Ratio(creates[0], creates[1]), createRatio, report.Times),
		p99(&create), cpuCheck(&create))
	notify := w.compared("notify", "notifications of an HMAC wallet applied", notifies)
	notify.Checks = append(notify.Checks, report.AtLeast("of the reference", measure.Ratio(notifies[0], notifies[1]), notifyRatio, report.Times), p99(&notify))
	if w.beside != nil {
		goal := besideCreates
		if w.databases != nil {
			goal = besideShared
		}
		create.Checks = append(create.Checks, report.AtLeast("of the binary beside", measure.Ratio(creates[0], creates[2]), goal, report.Times))
		notify.Checks = append(notify.Checks, report.AtLeast("of the binary beside", measure.Ratio(notifies[0], notifies[2]), besideNotify, report.Times))
	}
	return []report.Row{create, notify}
}

// compared returns a row with the figures of all sides.
func (w *world) compared(name, what string, all []measure.Series) report.Row {
	row := report.Row{Name: name, What: what}
	for i, s := range w.turns() {
		row.Figures = append(row.Figures, report.NewFigure(s.name, all[i]))
	}
	return row
}

// p99 is a check of the till's.
func p99(row *report.Row) report.Check {
	return report.AtMost("p99", row.Figures[0].P99Millis, mostP99, report.MS)
}

func cpuCheck(row *report.Row) report.Check {
	cpu := row.Figures[0].CPUMicros
	if cpu == nil {
		return report.Unknown("CPU of one", mostCPU, report.Micros)
	}
	return report.AtMost("CPU of one", *cpu, mostCPU, report.Micros)
}
