package postgres

import (
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// dialect sorts every list by an expression that only the index for that list has: see the
// migrations.
//
// The feed is in the order of the transactions that wrote the events, as far as every
// transaction up to there has ended. So no event is passed by: a transaction that begins
// later, or was not seen, has a higher number than all that were read. Writers do not
// queue for it.
//
// Events of one order are in order. The second of two changes is decided on what the
// first one stored, read after its commit or cached after its answer, and is sent in a
// batch that begins after that; a transaction gets its number when it first writes. So
// the number of the second is higher. A batch that had its number before that decided
// on an older version, and its guard rejects it.
//
// A transaction that writes and stays open, in any database of the cluster, holds up
// the feed for as long; it loses nothing.
var dialect = &rows.Dialect{
	Orders: ordersSearch, Refunds: refundsSearch, Deliveries: deliveriesSearch,
	FeedPlace: readFeedPlace, Feed: readFeed, FeedStart: []any{int64(-1), int64(0)}, // transaction and position
	ID: `id collate "POSIX"`, Position: "position + 0", Prune: pruneClaims, DueEndpoints: readDueEndpoints,
	PruneAnswers: []string{stripClaims, pruneBareClaims, pruneAnswers},
	AddArchive:   addArchive, ArchivedEvents: readArchivedEvents, Compactable: compactable,
}

func ordersSearch(q *store.OrderQuery) *rows.Search {
	low, high := rows.IDRange(q)
	return rows.NewSearch(`select version, due_at, looks, busy_until, doc from orders
		where app = ? and id collate "POSIX" >= ? and id collate "POSIX" < ?`, q.App, low, high).
		FilterOrders(q, "strpos").Where("id in (select order_id from payment_ids where payment_id = ?)", q.WalletPaymentID).
		Add(` order by id collate "POSIX" desc limit ?`, rows.PageSize(q.Limit))
}

// refundsSearch reads the order of each refund by itself: offset 0 keeps the planner
// from reading all orders instead.
func refundsSearch(q *store.RefundQuery, before int64) *rows.Search {
	s := rows.NewSearch(`select r.number, o.version, o.due_at, o.looks, o.busy_until, o.doc from refunds as r
		cross join lateral (select * from orders where id = r.order_id offset 0) as o where r.position + 0 < ?`, before)
	if q.Order != "" {
		return s.Add(` and r.order_id = ? and o.app = ?`, string(q.Order), q.App).
			FilterRefunds(q).Add(` order by r.number desc limit ?`, rows.PageSize(q.Limit))
	}
	return s.Add(` and r.app = ?`, q.App).
		FilterRefunds(q).Add(` order by r.position + 0 desc limit ?`, rows.PageSize(q.Limit))
}

// deliveriesSearch reads undelivered messages, of whose number the planner learns too
// late, by their own index, and messages of an order by its own: no index has position -
// 0, or an app with nothing appended.
func deliveriesSearch(q *store.DeliveryQuery, before int64) *rows.Search {
	app, position := `app`, `position + 0`
	switch {
	case q.Order != "":
		app = `app || ''`
	case q.Status == store.Undelivered:
		position = `position - 0`
	}
	return rows.NewSearch(`select `+rows.MessageColumns+` from outbox where `+app+` = ? and `+position+` < ?`, q.App, before).
		FilterMessages(q).Add(` order by `+position+` desc limit ?`, rows.PageSize(q.Limit))
}
