package rows

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

const opSurvey = "store.Survey"

// Survey counts the work that is open. Each count reads one index, and of a table only the
// rows that the index names, limit at most.
//
// Faults: Unavailable.
func (r *Resources) Survey(ctx context.Context, now time.Time, apps []string, limit int) (store.Survey, error) {
	s := store.Survey{
		Orders: map[store.OpenOrders]store.Tally{}, Due: map[string]store.Tally{}, Attention: map[store.FlaggedOrders]int{},
		Inbox: map[string]int{}, Outbox: map[store.OpenMessages]store.Tally{}, Refunds: map[store.OpenRefunds]time.Time{},
	}
	for _, count := range []func(context.Context, *store.Survey, int64) error{
		func(ctx context.Context, s *store.Survey, n int64) error { return r.surveyOrders(ctx, s, now, n) },
		r.surveyAttention, r.surveyInbox,
		func(ctx context.Context, s *store.Survey, n int64) error { return r.surveyOutbox(ctx, s, apps, n) },
		func(ctx context.Context, s *store.Survey, _ int64) error { return r.surveyRefunds(ctx, s) },
	} {
		if err := count(ctx, &s, int64(limit)); err != nil {
			return store.Survey{}, err
		}
	}
	return s, nil
}

// surveyOrders counts the orders of each wallet that are queried next, and which of their
// queries are due. Open orders are queried sooner than late ones.
func (r *Resources) surveyOrders(ctx context.Context, s *store.Survey, now time.Time, limit int64) error {
	from := " from orders" + r.dialect.hint("orders_due") + " where due_at is not null"
	count := func(name string) error { return r.surveyWallet(ctx, s, from, name, now, limit) }
	if err := count(""); err != nil { // of orders without a payment
		return err
	}
	return r.each(ctx, "wallet", from, count)
}

func (r *Resources) surveyWallet(ctx context.Context, s *store.Survey, from, name string, now time.Time, limit int64) error {
	type row struct {
		store.OpenOrders
		created, due time.Time
	}
	q := NewSearch("select app, status, created_at, due_at"+from+" and wallet = ? order by due_at limit ?", name, limit)
	found, err := readAll(ctx, r, opSurvey, q, func(from Row) (o row, err error) {
		err = from.Scan(&o.App, &o.Status, instant{&o.created}, instant{&o.due})
		return o, err
	})
	for _, o := range found {
		switch o.Status {
		case wallet.Created, wallet.Pending, wallet.Authorized:
			s.Orders[o.OpenOrders] = s.Orders[o.OpenOrders].Add(o.created)
		}
		if !o.due.After(now) {
			s.Due[name] = s.Due[name].Add(o.due)
		}
	}
	return err
}

// each calls visit with each value, but the empty one, of the first column of an index. It
// reads one entry of the index for each.
func (r *Resources) each(ctx context.Context, column, from string, visit func(value string) error) error {
	for after := ""; ; {
		q := NewSearch("select "+column+from+" and "+column+" > ? order by "+column+" limit 1", after)
		found, err := readAll(ctx, r, opSurvey, q, scanValue[string])
		if err != nil || len(found) == 0 {
			return err
		}
		if err := visit(found[0]); err != nil || found[0] <= after {
			return err
		}
		after = found[0]
	}
}

// timeOf reads one time; zero when there is no row.
func (r *Resources) timeOf(ctx context.Context, text string, args ...any) (time.Time, error) {
	found, err := readAll(ctx, r, opSurvey, NewSearch(text, args...), func(row Row) (at time.Time, err error) {
		err = row.Scan(instant{&at})
		return at, err
	})
	if err != nil || len(found) == 0 {
		return time.Time{}, err
	}
	return found[0], nil
}

// openRefunds are the statuses in refunds_open, in the text of its condition.
const openRefunds = "status in ('pending', 'waiting')"

// surveyRefunds reads the oldest refund of each app that is pending, and the oldest that waits
// for approval.
func (r *Resources) surveyRefunds(ctx context.Context, s *store.Survey) error {
	from := " from refunds" + r.dialect.hint("refunds_open") + " where " + openRefunds
	return r.each(ctx, "app", from, func(app string) error {
		for _, status := range []wallet.RefundStatus{wallet.RefundPending, wallet.RefundWaiting} {
			oldest, err := r.oldestRefund(ctx, from, app, status)
			if err != nil {
				return err
			}
			if !oldest.IsZero() {
				s.Refunds[store.OpenRefunds{App: app, Status: status}] = oldest
			}
		}
		return nil
	})
}

// oldestRefund returns when the first refund of a status was created; zero when there is none.
// The order has that time.
func (r *Resources) oldestRefund(ctx context.Context, from, app string, status wallet.RefundStatus) (time.Time, error) {
	type key struct {
		order  bridge.OrderID
		number int
	}
	q := NewSearch("select order_id, number"+from+" and app = ? and status = '"+string(status)+"' order by "+r.dialect.Position+" limit 1", app)
	keys, err := readAll(ctx, r, opSurvey, q, func(row Row) (k key, err error) {
		err = row.Scan(&k.order, &k.number)
		return k, err
	})
	if err != nil || len(keys) == 0 {
		return time.Time{}, err
	}
	q = NewSearch("select version, due_at, looks, busy_until, doc from orders where id = ?", string(keys[0].order))
	orders, err := readAll(ctx, r, opSurvey, q, func(row Row) (bridge.Order, error) { return scanOrder(opSurvey, row) })
	if err != nil || len(orders) == 0 {
		return time.Time{}, err
	}
	for i := range orders[0].Refunds {
		if refund := &orders[0].Refunds[i]; refund.Number == keys[0].number {
			return refund.CreatedAt, nil
		}
	}
	return time.Time{}, nil // it has ended meanwhile
}

func (r *Resources) surveyAttention(ctx context.Context, s *store.Survey, limit int64) error {
	type row struct{ app, reasons string }
	q := NewSearch("select app, attention from orders"+r.dialect.hint("orders_attention")+
		" where attention <> '' order by app, "+r.dialect.ID+" limit ?", limit)
	found, err := readAll(ctx, r, opSurvey, q, func(from Row) (o row, err error) {
		err = from.Scan(&o.app, &o.reasons)
		return o, err
	})
	for _, o := range found {
		for why := range strings.SplitSeq(strings.Trim(o.reasons, ","), ",") {
			s.Attention[store.FlaggedOrders{App: o.app, Why: bridge.Attention(why)}]++
		}
	}
	return err
}

func (r *Resources) surveyInbox(ctx context.Context, s *store.Survey, limit int64) error {
	q := NewSearch("select wallet from inbox"+r.dialect.hint("inbox_open")+" where dismissed_at is null order by id limit ?", limit)
	found, err := readAll(ctx, r, opSurvey, q, scanValue[string])
	for _, name := range found {
		s.Inbox[name]++
	}
	return err
}

// surveyOutbox counts the messages of each app that are undelivered or dead.
func (r *Resources) surveyOutbox(ctx context.Context, s *store.Survey, apps []string, limit int64) error {
	for _, app := range apps {
		for status, index := range map[store.DeliveryStatus]string{store.Undelivered: "outbox_open", store.Dead: "outbox_dead"} {
			t, err := r.tallyMessages(ctx, app, status, index, limit)
			if err != nil {
				return err
			}
			if t.Count > 0 {
				s.Outbox[store.OpenMessages{App: app, Status: status}] = t
			}
		}
	}
	return nil
}

// tallyMessages counts messages in an index alone, and reads the first of them.
func (r *Resources) tallyMessages(ctx context.Context, app string, status store.DeliveryStatus, index string, limit int64) (t store.Tally, err error) {
	q := NewSearch("select position from outbox"+r.dialect.hint(index)+" where app = ? and status = '"+string(status)+"' limit ?", app, limit)
	found, err := readAll(ctx, r, opSurvey, q, scanValue[int64])
	if err != nil || len(found) == 0 {
		return t, err
	}
	t.Count = len(found)
	t.Oldest, err = r.timeOf(ctx, "select created_at from outbox where position = ?", slices.Min(found))
	return t, err
}
