package sqlstore

import (
	"math"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// mostInPage bounds a page of a list, whatever is asked for.
const mostInPage = 1000

func pageSize(limit int) int64 { return int64(min(max(limit, 0), mostInPage)) }

// search is the query of one page: a range of one index, read from its end, and
// filters that are applied to what is read. Each ? is one of args.
//
// The range is what bounds the work. A filter that few rows pass makes it read on: a
// million orders of an app cost about a second on SQLite. That is the price of having
// no index on what changes while an order is paid; a narrower From bounds it.
type search struct {
	text strings.Builder
	args []any
}

func newSearch(text string, args ...any) *search { return new(search).add(text, args...) }

func (s *search) add(text string, args ...any) *search {
	s.text.WriteString(text)
	s.args = append(s.args, args...)
	return s
}

// where adds a filter unless there is no value to filter by.
func (s *search) where(condition, value string) *search {
	if value == "" {
		return s
	}
	return s.add(" and "+condition, value)
}

// newest is the position behind all.
const newest = int64(math.MaxInt64)

// The ids before and behind all others.
const (
	firstID = ""
	lastID  = "~"
)

// idRange is the range of ids, with low and without high, that an order query asks for.
func idRange(q *bridge.OrderQuery) (low, high string) {
	low, high = firstID, lastID
	if !q.From.IsZero() {
		low = idAt(q.From)
	}
	if !q.To.IsZero() {
		high = idAt(q.To)
	}
	if q.Before != "" {
		high = min(high, string(q.Before))
	}
	return low, high
}

// idRandom is how much of an id, at its end, is not time.
const idRandom = 16

// idAt is the smallest id of an order that was created at a time or later. An id
// carries the milliseconds of its order's creation.
func idAt(t time.Time) string {
	t = t.Add(time.Millisecond - time.Nanosecond)
	id, err := bridge.NewOrderID(t)
	switch {
	case err == nil:
		return string(id[:len(id)-idRandom]) + strings.Repeat("0", idRandom)
	case t.Before(time.UnixMilli(0)):
		return firstID
	}
	return lastID
}

// filterOrders adds every filter but those of app, id and payment id. The conditions on
// empty texts are those of the partial indexes. instr is the database's function for the
// place of a text in another.
func (s *search) filterOrders(q *bridge.OrderQuery, instr string) *search {
	s.where("status = ?", string(q.Status)).where("wallet = ?", q.Wallet)
	if q.Reference != "" {
		s.add(" and reference <> ''").where("reference = ?", q.Reference)
	}
	if q.Attention != "" {
		s.add(" and attention <> ''")
	}
	if q.Attention != "" && q.Attention != bridge.AnyAttention {
		s.add(" and "+instr+"(attention, ?) > 0", ","+q.Attention+",")
	}
	return s
}

func (s *search) filterRefunds(q *bridge.RefundQuery) *search {
	switch q.Status {
	case wallet.RefundPending:
		s.add(" and r.status in ('pending', 'waiting')")
	default:
		s.where("r.status = ?", string(q.Status))
	}
	if unsuccessful(q) {
		s.add(" and r.status <> 'succeeded'")
	}
	return s
}

// unsuccessful says that the query asks for the refunds in refunds_other only.
func unsuccessful(q *bridge.RefundQuery) bool {
	return q.Status != "" && q.Status != wallet.RefundSucceeded
}

// filterMessages adds every filter but those of app and position. What is dead,
// dismissed or undelivered is written out, so that the database knows it for a partial index.
func (s *search) filterMessages(q *bridge.DeliveryQuery) *search {
	s.where("id = ?", q.ID).where("order_id = ?", string(q.Order)).where("endpoint = ?", q.Endpoint)
	switch q.Status {
	case bridge.Undelivered, bridge.Dead, bridge.Dismissed:
		return s.add(" and status = '" + string(q.Status) + "'")
	}
	return s.where("status = ?", string(q.Status))
}
