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
		Inbox: map[string]int{}, Outbox: map[store.OpenMessages]store.Tally{},
	}
	for _, count := range []func(context.Context, *store.Survey, int64) error{
		func(ctx context.Context, s *store.Survey, n int64) error { return r.surveyOrders(ctx, s, now, n) },
		r.surveyAttention, r.surveyInbox,
		func(ctx context.Context, s *store.Survey, n int64) error { return r.surveyOutbox(ctx, s, apps, n) },
	} {
		if err := count(ctx, &s, int64(limit)); err != nil {
			return store.Survey{}, err
		}
	}
	return s, nil
}

// surveyOrders reads the orders that are looked at next: those that are open are looked at
// sooner than the late ones.
func (r *Resources) surveyOrders(ctx context.Context, s *store.Survey, now time.Time, limit int64) error {
	type row struct {
		store.OpenOrders
		wallet       string
		created, due time.Time
	}
	q := NewSearch("select app, status, wallet, created_at, due_at from orders"+r.dialect.hint("orders_due")+
		" where due_at is not null order by wallet, due_at limit ?", limit)
	found, err := readAll(ctx, r, opSurvey, q, func(from Row) (o row, err error) {
		err = from.Scan(&o.App, &o.Status, &o.wallet, instant{&o.created}, instant{&o.due})
		return o, err
	})
	for _, o := range found {
		switch o.Status {
		case wallet.Created, wallet.Pending, wallet.Authorized:
			s.Orders[o.OpenOrders] = s.Orders[o.OpenOrders].Add(o.created)
		}
		if !o.due.After(now) {
			s.Due[o.wallet] = s.Due[o.wallet].Add(o.due)
		}
	}
	return err
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
	q = NewSearch("select created_at from outbox where position = ?", slices.Min(found))
	oldest, err := readAll(ctx, r, opSurvey, q, func(row Row) (at time.Time, err error) {
		err = row.Scan(instant{&at})
		return at, err
	})
	if t.Count = len(found); len(oldest) > 0 {
		t.Oldest = oldest[0]
	}
	return t, err
}
