package sqlite

import (
	"strings"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// dialect names the index of every list, since SQLite has no statistics of how many rows
// each holds.
var dialect = &rows.Dialect{
	Orders: ordersSearch, Refunds: refundsSearch, Deliveries: deliveriesSearch,
	FeedPlace: readFeedPlace, Feed: readFeed, FeedStart: []any{int64(0)}, // in the order of commits
	ID: "id", Position: "rowid", IndexedBy: " indexed by ", Prune: pruneClaims, DueEndpoints: readDueEndpoints,
	PruneAnswers: []string{stripClaims, pruneBareClaims, pruneAnswers},
	AddArchive:   addArchive, ArchivedEvents: readArchivedEvents, Compactable: compactable,
}

func ordersSearch(q *store.OrderQuery) *rows.Search {
	index := "orders_app"
	switch {
	case q.Reference != "":
		index = "orders_reference"
	case q.Attention != "":
		index = "orders_attention"
	}
	const columns = `select version, due_at, looks, busy_until, doc from orders`
	s := new(rows.Search)
	if q.WalletPaymentID != "" {
		s.Add(`with named as (select distinct order_id from payment_ids where payment_id = ?) `, q.WalletPaymentID).
			Add(strings.Replace(columns, `from `, `from named cross join `, 1) + ` on id = order_id`)
	} else {
		s.Add(columns + ` indexed by ` + index)
	}
	low, high := rows.IDRange(q)
	return s.Add(` where app = ? and id >= ? and id < ?`, q.App, low, high).
		FilterOrders(q, "instr").Add(` order by id desc limit ?`, rows.PageSize(q.Limit))
}

func refundsSearch(q *store.RefundQuery, before int64) *rows.Search {
	const columns = `select r.number, o.version, o.due_at, o.looks, o.busy_until, o.doc from refunds as r indexed by `
	const orders = ` cross join orders as o on o.id = r.order_id where r.app = ? and r.position < ?`
	s := new(rows.Search)
	switch {
	case q.Order != "":
		s.Add(columns+`refunds_order`+orders, q.App, before).Add(` and r.order_id = ?`, string(q.Order))
		return s.FilterRefunds(q).Add(` order by r.number desc limit ?`, rows.PageSize(q.Limit))
	case rows.Unsuccessful(q):
		s.Add(columns+`refunds_other`+orders, q.App, before)
	default:
		s.Add(columns+`refunds_app`+orders, q.App, before)
	}
	return s.FilterRefunds(q).Add(` order by r.position desc limit ?`, rows.PageSize(q.Limit))
}

func deliveriesSearch(q *store.DeliveryQuery, before int64) *rows.Search {
	const end = ` order by position desc limit ?`
	s := rows.NewSearch(`select ` + rows.MessageColumns + ` from outbox `)
	switch {
	case q.ID != "":
	case q.Order != "":
		s.Add(`indexed by outbox_order `)
	case q.Status == store.Undelivered:
		// These are few unless an endpoint is in trouble, and have no index by position.
		inner := rows.NewSearch(`where position in (select position from outbox indexed by outbox_open
			where app = ? and position < ?`, q.App, before).
			FilterMessages(q).Add(end, rows.PageSize(q.Limit))
		return s.Add(inner.Text(), inner.Args...).Add(`) order by position desc`)
	case q.Status == store.Dead:
		s.Add(`indexed by outbox_dead `)
	case q.Status == store.Dismissed:
		s.Add(`indexed by outbox_dismissed `)
	case q.Endpoint != "":
		s.Add(`indexed by outbox_endpoint `)
	default:
		s.Add(`indexed by outbox_app `)
	}
	return s.Add(`where app = ? and position < ?`, q.App, before).FilterMessages(q).Add(end, rows.PageSize(q.Limit))
}
