package bench

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/minitill/minitill/internal/bench/far"
	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/report"
)

const (
	pageP95      = 100 // milliseconds
	pageRequests = 30  // of each page
	slowPage     = 10 * time.Second
)

// pageOf is a page of the console: what it is, and its path below the console's.
type pageOf struct{ name, path string }

// measureConsole opens each page of the console with many orders in the store, and then
// measures payments while operators open them.
func measureConsole(ctx context.Context, w *world) ([]report.Row, error) {
	s, v, facts, err := w.startConsole(ctx)
	if err != nil {
		return nil, err
	}
	defer w.end(s)
	pages, err := v.pages(ctx)
	if err != nil {
		return nil, err
	}
	row, err := w.openPages(ctx, s, v, pages)
	if err != nil {
		return nil, err
	}
	row.Facts = append(facts, row.Facts...)
	operators, err := w.measureOperators(ctx, s, pages)
	return []report.Row{row, operators}, err
}

// openPages opens every page as often as pageRequests says, one request at a time.
func (w *world) openPages(ctx context.Context, s *side, v *visitor, pages []pageOf) (report.Row, error) {
	row := report.Row{Name: "console", What: "pages of the console, opened by one operator"}
	var all measure.Series
	var slowest time.Duration
	var where string
	for i, p := range pages {
		w.o.Progress.Note(fmt.Sprintf("page %d of %d", i+1, len(pages)))
		r, err := v.openOften(ctx, s, &p, min(pageRequests, w.o.Orders))
		if err != nil {
			return row, fmt.Errorf("%s: %w", p.name, err)
		}
		all = append(all, r)
		latencies := measure.Series{r}.Latencies()
		p95 := measure.Quantile(latencies, 950)
		if p95 > slowest {
			slowest, where = p95, p.name
		}
		row.Facts = append(row.Facts, fmt.Sprintf("p50 %6.1f ms, p95 %6.1f ms: %s", report.Millis(measure.Quantile(latencies, 500)), report.Millis(p95), p.name))
	}
	row.Figures = []report.Figure{report.NewFigure(report.Till, all)}
	row.Checks = []report.Check{report.AtMost("p95 of the slowest page, "+where, report.Millis(slowest), pageP95, report.MS)}
	return row, nil
}

// openOften opens a page a number of times, or for slowPage when it is slow.
func (v *visitor) openOften(ctx context.Context, s *side, p *pageOf, times int) (r measure.Round, err error) {
	before, began := s.cpu(), time.Now()
	for len(r.Latencies) < times && r.Took < slowPage {
		sent := time.Now()
		if _, err := v.open(ctx, p.path); err != nil {
			return r, err
		}
		r.Latencies, r.Took = append(r.Latencies, time.Since(sent)), time.Since(began)
	}
	if r.CPU = s.cpu(); r.CPU != measure.UnknownCPU {
		r.CPU -= before
	}
	return r, nil
}

var (
	orderInPage    = regexp.MustCompile(`orders/(ord_[0-9A-Z]{26})`)
	deliveryInPage = regexp.MustCompile(`deliveries/(dlv_[0-9A-Za-z_.-]+)`)
	refundInPage   = regexp.MustCompile(`rfd_[0-9A-Z]{26}-[0-9]+`)
)

// first returns what an expression finds first in a page; empty when it is not there.
func (v *visitor) first(ctx context.Context, path string, what *regexp.Regexp) (string, error) {
	page, err := v.open(ctx, path)
	found := what.FindStringSubmatch(page)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[len(found)-1], nil
}

// pages are the pages of an operator, with filters and pages of lists that are far from the
// newest order.
func (v *visitor) pages(ctx context.Context) ([]pageOf, error) {
	now := time.Now().UTC()
	at := func(age time.Duration) string { return url.QueryEscape(now.Add(-age).Format("2006-01-02T15:04")) }
	middle, err := v.first(ctx, "orders?to="+at(filledSpan/2), orderInPage)
	if err != nil {
		return nil, err
	}
	delivery, err := v.first(ctx, "webhooks", deliveryInPage)
	if err != nil {
		return nil, err
	}
	refund, err := v.first(ctx, "refunds", refundInPage)
	if err != nil {
		return nil, err
	}
	week := "from=" + at(filledSpan/2) + "&to=" + at(filledSpan/2-7*24*time.Hour)
	list := []pageOf{
		{"overview, today", ""}, {"overview, 90 days", "?span=90"}, {"overview, 90 days of one wallet", "?span=90&wallet=" + walletInstant},
		{"orders", "orders"}, {"orders, deep", "orders?after=" + middle}, {"orders of a week", "orders?" + week},
		{"an order", "orders/" + middle}, {"an order by its id", "orders?q=" + middle}, {"orders by the beginning of an id", "orders?q=" + middle[:12]},
		{"orders by a reference that is not there", "orders?q=INV-NONE"}, {"orders of a rare payer", "orders?q=" + far.Payer},
		{"orders of a payer who is not there", "orders?q=payer-without-orders"},
		{"orders of an amount of almost all", "orders?q=4.50"}, {"orders of an amount of almost all, deep", "orders?q=4.50&after=" + middle},
		{"orders of an amount of almost all, failed", "orders?q=4.50&status=failed"}, {"orders of a rare amount", "orders?q=9.00"},
		{"orders of an amount that is not there", "orders?q=4.51"},
		{"attention", "attention"}, {"attention for a reason that is not there", "attention?reason=late_payment"}, {"orders with attention of a week", "orders?attention=any&" + week},
		{"orders of a wallet without any", "orders?wallet=" + walletSlow}, {"orders of a wallet of almost all", "orders?wallet=" + walletInstant},
		{"refunds", "refunds"}, {"refunds, pending", "refunds?status=pending"}, {"refunds, failed", "refunds?status=failed"}, {"refunds, deep", "refunds?after=" + refund},
		{"unmatched notifications", "inbox"}, {"unmatched notifications, dismissed", "inbox?dismissed=true"},
		{"webhooks", "webhooks"}, {"webhooks, given up", "webhooks?status=dead"}, {"webhooks, delivered", "webhooks?status=delivered"},
		{"webhooks, waiting", "webhooks?status=undelivered"}, {"webhooks, dismissed", "webhooks?status=dismissed"}, {"webhooks of an endpoint that is not there", "webhooks?endpoint=none"},
		{"webhooks, deep", "webhooks?after=" + delivery}, {"a webhook", "deliveries/" + delivery}, {"count before a replay", "webhooks?replay-endpoint=none&from=" + at(filledSpan)},
		{"wallets", "wallets"}, {"export", "exports"},
		{"keys", "keys"}, {"operators", "operators"}, {"audit log", "audit"}, {"endpoints", "endpoints"}, {"account", "account"},
	}
	for _, status := range []string{"created", "pending", "authorized", "paid", "failed", "canceled", "expired", "voided"} {
		list = append(list, pageOf{"orders, " + status, "orders?status=" + status},
			pageOf{"orders, " + status + ", deep", "orders?status=" + status + "&after=" + middle},
			pageOf{"count before an export of orders, " + status, "exports?kind=orders&status=" + status})
	}
	for _, kind := range []string{"orders", "refunds", "fees", "events"} {
		list = append(list, pageOf{"count before an export of " + kind, "exports?kind=" + kind},
			pageOf{"count before an export of " + kind + " of a week", "exports?kind=" + kind + "&" + week})
	}
	return slices.DeleteFunc(list, func(p pageOf) bool {
		return p.path == "refunds?after=" || p.path == "deliveries/" || p.path == "webhooks?after="
	}), nil
}
