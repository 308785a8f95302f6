package bench

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/minitill/minitill/internal/bench/far"
	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/report"
)

const (
	webhookRate   = 200  // paid orders in a second
	webhookP95    = 50   // milliseconds from the notification to the webhook
	webhookOrders = 2000 // or fewer, as Orders says
)

// startHooked starts a till with webhook endpoints at a receiver.
func (w *world) startHooked(ctx context.Context, name string, r *far.Receiver, endpoints ...string) (*side, error) {
	s, err := w.startTill(ctx, name, w.o.Program, "")
	if err != nil {
		return nil, err
	}
	for _, path := range endpoints {
		if _, err := s.merchant(ctx, http.MethodPost, "/webhook-endpoints", `{"url":"`+r.URL+path+`","events":["order.paid"]}`, http.StatusCreated); err != nil {
			w.end(s)
			return nil, err
		}
	}
	return s, nil
}

// measureWebhooks measures how long after the wallet's notification was sent the merchant has
// the webhook, at a steady pace.
func measureWebhooks(ctx context.Context, w *world) ([]report.Row, error) {
	r, err := far.StartReceiver(false)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	const endpoint = "/good/1"
	s, err := w.startHooked(ctx, "till-webhooks", r, endpoint)
	if err != nil {
		return nil, err
	}
	defer w.end(s)
	orders, err := w.place(ctx, s, walletInstant, min(webhookOrders, w.o.Orders))
	if err != nil {
		return nil, err
	}
	sent, err := w.payAtPace(ctx, s, orders)
	if err != nil {
		return nil, err
	}
	if err := w.receive(ctx, r, len(orders)); err != nil {
		return nil, err
	}
	row := report.Row{Name: "webhooks", What: fmt.Sprintf("webhooks of orders that are paid at %d/s, from the wallet's notification", webhookRate)}
	latencies := latenciesOf(r, endpoint, orders, sent)
	row.Figures = []report.Figure{{
		Side: report.Till, Rounds: 1, PerSecond: webhookRate, Low: webhookRate, High: webhookRate,
		P50Millis: report.Millis(measure.Quantile(latencies, 500)), P99Millis: report.Millis(measure.Quantile(latencies, 990)),
	}}
	row.Checks = []report.Check{
		report.Exactly("orders whose webhook was received", len(latencies), len(orders)),
		report.AtMost("p95", report.Millis(measure.Quantile(latencies, 950)), webhookP95, report.MS),
	}
	return []report.Row{row}, nil
}

// payAtPace notifies that orders were paid, webhookRate in a second, and returns when each
// notification was sent.
func (w *world) payAtPace(ctx context.Context, s *side, orders []placed) ([]time.Time, error) {
	sent := make([]time.Time, len(orders))
	began := time.Now()
	_, err := measure.Run(ctx, w.o.Connections, len(orders), func(ctx context.Context, i int) error {
		at := began.Add(time.Duration(i) * time.Second / webhookRate)
		if err := pause(ctx, time.Until(at)); err != nil {
			return err
		}
		sent[i] = time.Now()
		return s.notify(ctx, walletInstant, w.wallets[walletInstant].Paid("/notify/"+walletInstant, orders[i].request))
	})
	return sent, err
}

// receive waits until a receiver has that many deliveries, or the time is over.
func (w *world) receive(ctx context.Context, r *far.Receiver, count int) error {
	limit := time.NewTimer(w.o.Limit)
	defer limit.Stop()
	for {
		got, next := r.Received()
		if got >= count {
			return nil
		}
		select {
		case <-next:
		case <-limit.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func latenciesOf(r *far.Receiver, endpoint string, orders []placed, sent []time.Time) (list []time.Duration) {
	for i, o := range orders {
		if at, there := r.At(endpoint, o.order); there {
			list = append(list, at.Sub(sent[i]))
		}
	}
	slices.Sort(list)
	return list
}

const (
	backlogRate   = 5000 // deliveries in a second
	backlogOrders = 5000 // or fewer, as Orders says
)

// measureBacklog measures how quickly webhooks that have piled up are delivered, while half of
// the endpoints take every delivery and answer none. The others answer as soon as all orders
// are paid.
func measureBacklog(ctx context.Context, w *world) ([]report.Row, error) {
	r, err := far.StartReceiver(true)
	if err != nil {
		return nil, err
	}
	good := []string{"/good/1", "/good/2"}
	s, err := w.startHooked(ctx, "till-backlog", r, append(slices.Clone(good), "/hang/1", "/hang/2")...)
	if err != nil {
		r.Close()
		return nil, err
	}
	defer func() {
		r.Close() // or the till would wait for the endpoints that hang
		w.end(s)
	}()
	count := min(backlogOrders, w.o.Orders)
	if err := w.payAll(ctx, s, count); err != nil {
		return nil, err
	}
	began := time.Now()
	r.Release()
	if err := w.receive(ctx, r, len(good)*count); err != nil {
		return nil, err
	}
	got, _ := r.Received()
	rate := float64(got) / time.Since(began).Seconds()
	row := report.Row{Name: "backlog", What: fmt.Sprintf("deliveries of %d webhooks that wait, while two of four endpoints hang", len(good)*count)}
	row.Figures = []report.Figure{{Side: report.Till, Rounds: 1, PerSecond: rate, Low: rate, High: rate}}
	row.Checks = []report.Check{
		report.Exactly("deliveries", got, len(good)*count),
		report.AtLeast("deliveries", rate, backlogRate, report.PerS),
	}
	return []report.Row{row}, nil
}
