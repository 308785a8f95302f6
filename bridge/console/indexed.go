package console

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// useIndex sets the finder and the sums that the configuration does not name.
func (c *Console) useIndex() {
	lists := listing{c.store, c.engine}
	switch {
	case c.index == nil && c.finder == nil:
		c.finder = lists
	case c.index != nil:
		x := indexed{listing: lists, index: c.index, log: c.log, now: c.now}
		if c.finder == nil {
			c.finder = x
		}
		if c.sums == nil {
			c.sums = x
		}
	}
}

// indexed finds orders in the store and in an index of it. What the store can say exactly it
// says, so that an index that is behind hides no order. What a list shows of an order is the
// store's.
type indexed struct {
	listing
	index *index.Index
	log   *slog.Logger
	now   func() time.Time
}

// behind says how far an index is behind the store. The zero value is level with it.
type behind struct {
	Building bool      // not all orders were read yet
	AsOf     time.Time // what happened later may be missing; zero unless the index is far behind
}

// Any reports whether a page has to say how old it is.
func (b behind) Any() bool { return b.Building || !b.AsOf.IsZero() }

// farBehind is the lag from which pages say how old they are: a busy till's index is always a
// few seconds behind.
const farBehind = 15 * time.Second

func behindOf(s index.AppStatus, now time.Time) behind {
	b := behind{Building: s.Building}
	if s.Behind > farBehind {
		b.AsOf = now.Add(-s.Behind)
	}
	return b
}

// Find implements Finder. Where the index cannot answer, the store's lists do.
func (x indexed) Find(ctx context.Context, s Search) (Found, error) {
	s.Text = strings.TrimSpace(s.Text)
	if _, ours := orderIn(s.Text); ours {
		return x.listing.Find(ctx, s)
	}
	status, err := x.index.AppStatus(ctx, s.App)
	if err == nil {
		var f Found
		if f, err = x.find(ctx, s, status.Building); err == nil {
			f.Behind = behindOf(status, x.now())
			return f, nil
		}
	}
	if fault.KindOf(err) != fault.Unavailable || ctx.Err() != nil {
		return Found{}, err
	}
	x.log.Warn("console: the index does not answer; the store's lists are shown, without payers and amounts", "fault", err)
	return x.listing.Find(ctx, s)
}

// find lists orders by the index, and by the store where it knows better: all orders, and
// while the index is built every list without a text.
func (x indexed) find(ctx context.Context, s Search, building bool) (Found, error) {
	narrow := s
	narrow.After = ""
	if s.Text == "" && (building || narrow == Search{App: s.App, Limit: s.Limit}) {
		f, err := x.listing.Find(ctx, s)
		if err == nil && !building {
			f.Count, err = x.count(ctx, s)
		}
		return f, err
	}
	page, err := x.index.List(ctx, queryOf(s))
	if err != nil {
		return Found{}, err
	}
	f := Found{Partial: page.Partial}
	if f.Orders, err = x.refreshed(ctx, page.Entries); err != nil {
		return Found{}, err
	}
	if page.Next != "" {
		f.Next = string(f.Orders[len(f.Orders)-1].ID)
	}
	if err := x.addExact(ctx, s, &f); err != nil {
		return Found{}, err
	}
	if !building {
		f.Count, err = x.count(ctx, s)
	}
	return f, err
}

func (x indexed) count(ctx context.Context, s Search) (string, error) {
	c, err := x.index.Count(ctx, queryOf(s))
	return c.String(), err
}

// queryOf is a search as the index reads it. The cursor of a page is the id of its last order.
func queryOf(s Search) index.Query {
	q := index.Query{App: s.App, Text: s.Text, Limit: s.Limit, Filter: index.Filter{
		Status: s.Status, Wallet: s.Wallet, Attention: s.Attention, From: s.From, To: s.To,
	}}
	if s.After != "" {
		q.After = index.Before(bridge.OrderID(s.After))
	}
	return q
}

// refreshed returns the lines of entries as the store has the orders now.
func (x indexed) refreshed(ctx context.Context, entries []index.Entry) ([]Line, error) {
	lines := make([]Line, 0, len(entries))
	for i := range entries {
		o, err := x.orders.Order(ctx, entries[i].ID)
		if err != nil {
			return nil, err
		}
		lines = append(lines, lineOf(&o))
	}
	return lines, nil
}

// addExact adds the orders of a page that the store finds by a reference or a wallet's payment
// id, and the index does not yet.
func (x indexed) addExact(ctx context.Context, s Search, f *Found) error {
	if s.Text == "" {
		return nil
	}
	exact, err := x.listing.Find(ctx, s)
	if err != nil {
		return err
	}
	for _, line := range exact.Orders {
		known := slices.ContainsFunc(f.Orders, func(l Line) bool { return l.ID == line.ID })
		if ofPage := f.Next == "" || string(line.ID) > f.Next; ofPage && !known {
			f.Orders = append(f.Orders, line)
		}
	}
	slices.SortFunc(f.Orders, func(a, b Line) int { return cmp.Compare(b.ID, a.ID) })
	return nil
}

// Currencies implements Sums.
func (x indexed) Currencies(ctx context.Context, app string) ([]wallet.Currency, error) {
	return x.index.Currencies(ctx, app)
}

// Sums implements Sums.
func (x indexed) Sums(ctx context.Context, q SumsQuery) ([]Sum, error) {
	query := index.SumsQuery{App: q.App, Currency: q.Currency, From: q.From, To: q.To, Zone: q.Zone, Step: index.Hourly}
	if q.Daily {
		query.Step = index.Daily
	}
	found, err := x.index.Sums(ctx, query)
	list := make([]Sum, len(found))
	for i := range found {
		list[i] = sumOf(&found[i])
	}
	return list, err
}

func sumOf(s *index.Sums) Sum {
	sum := Sum{
		From: s.From, Wallet: s.Wallet, Created: s.Created, Paid: s.Paid, Unpaid: s.Failed + s.Canceled + s.Expired,
		Taken: s.Taken, Refunded: s.Refunded,
	}
	for i, n := range s.ToPaid {
		b := Bucket{N: n}
		if i < len(index.ToPaidBounds) {
			b.AtMost = index.ToPaidBounds[i]
		}
		sum.ToPaid = append(sum.ToPaid, b)
	}
	return sum
}

// behind says how far the index is behind, for the charts.
func (p *page) behind(ctx context.Context) (behind, error) {
	if p.index == nil {
		return behind{}, nil
	}
	s, err := p.index.AppStatus(ctx, p.app.Name)
	return behindOf(s, p.now()), err
}

var (
	_ Finder = indexed{}
	_ Sums   = indexed{}
)
