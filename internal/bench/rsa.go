package bench

import (
	"context"

	"github.com/minitill/minitill/internal/bench/far"
	"github.com/minitill/minitill/internal/bench/machine"
	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/report"
)

const rsaRatio = 0.9

// measureRSA measures orders and notifications of a wallet whose calls are signed with RSA,
// beside 1/(1/signing rate + 1/rate without the signature), all in one run. An order without
// it is one of an HMAC wallet. A notification without it is one of the same adapter, which is
// confirmed by the same query: an HMAC wallet sends no query, and a call takes longer than
// all the rest of a notification.
func measureRSA(ctx context.Context, w *world) ([]report.Row, error) {
	if err := w.start(ctx); err != nil {
		return nil, err
	}
	rounds, count := w.o.rounds()
	s, sign := w.till, machine.Signing(w.rsa.Merchant)
	create, notify := w.rsaTurns(s, walletRSA, count, w.rsa.Paid)
	createUnsigned, notifyUnsigned := w.rsaTurns(s, walletUnsigned, count, func(request string) (far.Notification, error) { return far.Unsigned(request), nil })
	createHMAC, notifyHMAC := w.payTurns(s, walletInstant, count)
	signing := func(ctx context.Context) (measure.Round, error) {
		return measure.Run(ctx, w.o.Connections, count, func(context.Context, int) error { return sign() })
	}
	// Each order is paid right after it is created, before its first status query, which
	// would find it paid.
	all, err := measure.Alternate(ctx, rounds, w.o.Limit, create, notify, createUnsigned, notifyUnsigned, signing, createHMAC, notifyHMAC)
	if err != nil {
		return nil, err
	}
	return []report.Row{
		boundRow("orders created at a wallet with RSA", all[0], all[4], all[5]),
		boundRow("notifications of a wallet with RSA applied, each confirmed by a signed query", all[1], all[4], all[3]),
	}, nil
}

// boundRow compares a rate with what signing and the rest of the work allow.
func boundRow(what string, got, signing, rest measure.Series) report.Row {
	row := report.Row{Name: "rsa", What: what, Figures: []report.Figure{
		report.NewFigure(report.Till, got), report.NewFigure("signing alone", signing), report.NewFigure("without it", rest),
	}}
	row.Checks = []report.Check{report.AtLeast("of 1/(1/signing + 1/without it)", got.Rate().Median/bound(signing.Rate().Median, rest.Rate().Median), rsaRatio, report.Times)}
	return row
}

// bound is the rate of two things that are done one after the other.
func bound(a, b float64) float64 {
	if a <= 0 || b <= 0 {
		return 0
	}
	return 1 / (1/a + 1/b)
}

// rsaTurns returns a turn that creates orders and one that pays them. The provider's signatures
// are made between the two, since they are not ours.
func (w *world) rsaTurns(s *side, wallet string, count int, paid func(request string) (far.Notification, error)) (create, notify measure.Turn) {
	news := make([]far.Notification, count)
	orders := make([]placed, count)
	place := s.turn(w.o.Connections, count, creates(s, wallet, orders))
	create = func(ctx context.Context) (measure.Round, error) {
		r, err := place(ctx)
		if err == nil {
			_, err = measure.Run(ctx, w.o.Connections, count, func(_ context.Context, i int) (err error) {
				news[i], err = paid(orders[i].request)
				return err
			})
		}
		return r, err
	}
	notify = s.turn(w.o.Connections, count, func(ctx context.Context, i int) error { return s.notify(ctx, wallet, news[i]) })
	return create, notify
}
