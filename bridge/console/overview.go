package console

import (
	"context"
	"net/http"

	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// overviewPage is what needs a person now. Each list is bounded.
type overviewPage struct {
	Attention []Line
	More      bool // orders that need attention
	Waiting   []Line
	Refunds   []refundLine
	Wallets   []outbound.Info
	Down      int
	Endpoints []endpointLine
	Failing   int
	Dead      []store.DeliveryRecord
	Unmatched []store.InboxItem
	Charts    *charts // nil without an index
	NoCharts  bool    // the index does not answer
}

// glance is how many entries of a list the overview shows.
const glance = 5

func showOverview(p *page) error {
	ctx := p.r.Context()
	v := overviewPage{Wallets: p.engine.Wallets(p.app.Name)}
	for _, info := range v.Wallets {
		if info.Down || info.Failing != "" {
			v.Down++
		}
	}
	for _, read := range []func(context.Context) error{
		func(ctx context.Context) error { return p.readAttention(ctx, &v) },
		func(ctx context.Context) (err error) {
			v.Waiting, err = p.lines(ctx, wallet.Authorized)
			return err
		},
		func(ctx context.Context) (err error) {
			v.Refunds, _, err = p.refundLines(ctx, wallet.RefundPending, "", glance)
			return err
		},
		func(ctx context.Context) error { return p.readWebhooks(ctx, &v) },
		func(ctx context.Context) (err error) {
			v.Unmatched, err = p.store.InboxItems(ctx, store.InboxQuery{Wallets: p.walletsOf(p.app.Name), Limit: glance})
			return err
		},
		func(ctx context.Context) error { return p.readCharts(ctx, &v) },
	} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	return p.show(http.StatusOK, "overview", "Overview", v)
}

// readCharts reads the sums. Without an answer of the index the rest of the page is shown.
func (p *page) readCharts(ctx context.Context, v *overviewPage) (err error) {
	v.Charts, err = p.charts(ctx)
	if fault.KindOf(err) != fault.Unavailable || ctx.Err() != nil {
		return err
	}
	p.log.Warn("console: the index does not answer; the overview has no charts", "request", p.requestID(), "fault", err)
	v.Charts, v.NoCharts = nil, true
	return nil
}

func (p *page) readAttention(ctx context.Context, v *overviewPage) error {
	list, err := p.store.Orders(ctx, store.OrderQuery{App: p.app.Name, Attention: store.AnyAttention, Limit: glance + 1})
	found := foundOf(list, glance)
	v.Attention, v.More = found.Orders, found.Next != ""
	return err
}

// lines are a few orders of the page's app with a status. The index lists rare ones at once,
// for which the store would read all orders.
func (p *page) lines(ctx context.Context, status wallet.Status) ([]Line, error) {
	found, err := p.finder.Find(ctx, Search{App: p.app.Name, Status: status, Limit: glance})
	return found.Orders, err
}

func (p *page) readWebhooks(ctx context.Context, v *overviewPage) (err error) {
	if v.Endpoints, err = p.endpointLines(ctx); err != nil {
		return err
	}
	for _, e := range v.Endpoints {
		if e.Disabled || !e.FailingSince.IsZero() {
			v.Failing++
		}
	}
	v.Dead, err = p.store.Deliveries(ctx, store.DeliveryQuery{App: p.app.Name, Status: store.Dead, Limit: glance})
	return err
}
