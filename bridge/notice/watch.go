package notice

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// mostCounted bounds what is counted of each kind.
const mostCounted = 1000

// booksDiffer are the reasons for attention in which our sums and a wallet's differ.
var booksDiffer = []bridge.Attention{
	bridge.AmountMismatch, bridge.PaymentReversed, bridge.RefundMismatch, bridge.ForeignRefund, bridge.UnknownPayment,
}

// Watch finds the conditions of apps in their store and at their wallets.
type Watch struct {
	Store interface {
		store.Surveyor
		Orders(ctx context.Context, q store.OrderQuery) ([]bridge.Order, error)
		Refunds(ctx context.Context, q store.RefundQuery) ([]store.RefundEntry, error)
		Endpoints(ctx context.Context) ([]store.Endpoint, int64, error)
		Agreements(ctx context.Context, q agreement.Query) ([]agreement.Agreement, error)
	}
	Wallets func(app string) []outbound.Info
	Apps    []string
	Now     func() time.Time

	sweeps map[string]*sweep // of the agreements of each app
}

// Conditions returns what stands by the store. It is called by one goroutine at a time.
//
// Faults: those of the store.
func (w *Watch) Conditions(ctx context.Context) (list []Condition, err error) {
	counts, err := w.Store.Survey(ctx, w.Now(), nil, mostCounted)
	if err != nil {
		return nil, err
	}
	for _, read := range []func(context.Context, *store.Survey) ([]Condition, error){w.attention, w.approvals, w.endpoints} {
		found, err := read(ctx, &counts)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	found, err := w.agreements(ctx)
	return append(list, found...), err
}

// attention returns the orders that need attention, by app and reason.
func (w *Watch) attention(ctx context.Context, counts *store.Survey) (list []Condition, err error) {
	for flagged, count := range counts.Attention {
		if !slices.Contains(w.Apps, flagged.App) {
			continue
		}
		orders, err := w.Store.Orders(ctx, store.OrderQuery{App: flagged.App, Attention: string(flagged.Why), Limit: MaxItems})
		if err != nil {
			return nil, err
		}
		c := Condition{Kind: Attention, App: flagged.App, Subject: string(flagged.Why), Count: count}
		if slices.Contains(booksDiffer, flagged.Why) {
			c.Kind = BooksDiffer
		}
		c.Page = page("attention", "app", c.App, "reason", c.Subject)
		for i := range orders {
			c.Items = append(c.Items, string(orders[i].ID))
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Condition) int { return strings.Compare(a.key(), b.key()) })
	return list, nil
}

// approvals returns the refunds of each app that wait for a second operator.
func (w *Watch) approvals(ctx context.Context, counts *store.Survey) (list []Condition, err error) {
	for _, app := range w.Apps {
		if counts.Refunds[store.OpenRefunds{App: app, Status: wallet.RefundWaiting}].IsZero() {
			continue
		}
		entries, err := w.Store.Refunds(ctx, store.RefundQuery{App: app, Status: wallet.RefundWaiting, Limit: mostCounted})
		if err != nil {
			return nil, err
		}
		c := Condition{Kind: ApprovalWaiting, App: app, Subject: "refunds", Page: page("refunds", "app", app)}
		for i := range entries {
			o, number := &entries[i].Order, entries[i].Number
			r := &o.Refunds[number-1]
			if !r.Awaiting() {
				continue
			}
			c.Count, c.Since = c.Count+1, r.CreatedAt // the last of them is the oldest
			if len(c.Items) < MaxItems {
				c.Items = append(c.Items, o.ID.RefundID(number))
			}
		}
		if c.Count > 0 {
			list = append(list, c)
		}
	}
	return list, nil
}

// endpoints returns the webhook endpoints that were disabled, but not by the merchant.
func (w *Watch) endpoints(ctx context.Context, _ *store.Survey) (list []Condition, err error) {
	all, _, err := w.Store.Endpoints(ctx)
	for i := range all {
		if e := &all[i]; e.Disabled && e.DisabledReason != "" && slices.Contains(w.Apps, e.App) {
			list = append(list, Condition{Kind: EndpointDisabled, App: e.App, Subject: e.ID, Count: 1, Page: page("webhooks", "app", e.App)})
		}
	}
	return list, err
}

// Local returns the wallets whose circuit breaker is open on this node.
func (w *Watch) Local() (list []Condition) {
	for _, app := range w.Apps {
		for _, info := range w.Wallets(app) {
			if info.Down {
				list = append(list, Condition{Kind: BreakerOpen, App: app, Subject: info.Name, Count: 1, Page: page("wallets", "app", app)})
			}
		}
	}
	return list
}

// page is the address of a page of the console below its own, with parameters in pairs.
func page(path string, pairs ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + query.Encode()
}
