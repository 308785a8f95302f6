package rows

import (
	"crypto/rand"
	"math"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// maxPage bounds a page of a list, whatever is requested.
const maxPage = 1000

// PageSize returns how many entries a page of a list has at most.
func PageSize(limit int) int64 { return int64(min(max(limit, 0), maxPage)) }

// Search is the query of one page: a range of one index, read from its end, and
// filters that are applied to what is read. Each ? is one of args.
//
// The range is what bounds the work. A filter that few rows pass makes it read on: a
// million orders of an app cost about a second on SQLite. That is the price of having
// no index on what changes while an order is paid; a narrower From bounds it.
type Search struct {
	text  strings.Builder
	Args  []any
	Short bool // it reads a few rows by their keys, and need not be interrupted
}

// Text returns the query.
func (s *Search) Text() string { return s.text.String() }

// NewSearch begins a query.
func NewSearch(text string, args ...any) *Search { return new(Search).Add(text, args...) }

// Add appends to the query.
func (s *Search) Add(text string, args ...any) *Search {
	s.text.WriteString(text)
	s.Args = append(s.Args, args...)
	return s
}

// Where adds a filter unless there is no value to filter by.
func (s *Search) Where(condition, value string) *Search {
	if value == "" {
		return s
	}
	return s.Add(" and "+condition, value)
}

// newest is the position behind all.
const newest = int64(math.MaxInt64)

// The ids before and behind all others.
const (
	firstID = ""
	lastID  = "~"
)

// IDRange returns the range of ids, with low and without high, of an order query.
func IDRange(q *store.OrderQuery) (low, high string) {
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
	id, err := bridge.NewOrderID(t, rand.Reader)
	switch {
	case err == nil:
		return string(id[:len(id)-idRandom]) + strings.Repeat("0", idRandom)
	case t.Before(time.UnixMilli(0)):
		return firstID
	}
	return lastID
}

// FilterOrders adds every filter but those of app, id and payment id. The conditions on
// empty texts are those of the partial indexes. instr is the database's function for the
// place of a text in another.
func (s *Search) FilterOrders(q *store.OrderQuery, instr string) *Search {
	s.Where("status = ?", string(q.Status)).Where("wallet = ?", q.Wallet)
	if q.Reference != "" {
		s.Add(" and reference <> ''").Where("reference = ?", q.Reference)
	}
	if q.Attention != "" {
		s.Add(" and attention <> ''")
	}
	if q.Attention != "" && q.Attention != store.AnyAttention {
		s.Add(" and "+instr+"(attention, ?) > 0", ","+q.Attention+",")
	}
	return s
}

// FilterRefunds adds every filter but those of app, order and position.
func (s *Search) FilterRefunds(q *store.RefundQuery) *Search {
	switch q.Status {
	case wallet.RefundPending:
		s.Add(" and r.status in ('pending', 'waiting')")
	default:
		s.Where("r.status = ?", string(q.Status))
	}
	if Unsuccessful(q) {
		s.Add(" and r.status <> 'succeeded'")
	}
	return s
}

// Unsuccessful reports whether the query selects the refunds in refunds_other only.
func Unsuccessful(q *store.RefundQuery) bool {
	return q.Status != "" && q.Status != wallet.RefundSucceeded
}

// FilterMessages adds every filter but those of app and position. What is dead,
// dismissed or undelivered is written out, so that the database knows it for a partial index.
func (s *Search) FilterMessages(q *store.DeliveryQuery) *Search {
	s.Where("id = ?", q.ID).Where("order_id = ?", string(q.Order)).Where("endpoint = ?", q.Endpoint)
	switch q.Status {
	case store.Undelivered, store.Dead, store.Dismissed:
		return s.Add(" and status = '" + string(q.Status) + "'")
	}
	return s.Where("status = ?", string(q.Status))
}
