package export

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Kind is a table.
type Kind string

// The tables.
const (
	Orders  Kind = "orders" // each with its refunds and reversals behind it
	Refunds Kind = "refunds"
	Fees    Kind = "fees" // of payments and of refunds that succeeded
	Events  Kind = "events"
)

// Kinds are all tables.
var Kinds = []Kind{Orders, Refunds, Fees, Events}

// Known reports whether there is a table of that kind.
func Known(k Kind) bool { return slices.Contains(Kinds, k) }

// pageSize is how many records one page has.
const pageSize = 100

// Source is what an export reads; a store is one.
type Source interface {
	Orders(ctx context.Context, q store.OrderQuery) ([]bridge.Order, error)
	Refunds(ctx context.Context, q store.RefundQuery) ([]store.RefundEntry, error)
	Feed(ctx context.Context, q store.FeedQuery) ([]store.FeedEvent, error)
}

// Query says what to export. App is required.
type Query struct {
	Kind   Kind
	Format Format
	App    string
	Status wallet.Status // of orders; empty: any
	// From and To bound the creation of orders and refunds, and the time of events: [From, To).
	// What happens after Now is left out in any case.
	From, To time.Time
	Now      time.Time
	Zone     *time.Location // of the times; nil: UTC
	// Page is called after each page that was written, with the rows so far. It may flush.
	// Its error ends the export. nil: nothing is called.
	Page func(rows int) error
}

// Write writes a table, and returns how many rows it has without the names of the columns.
// After an error the output is incomplete; the caller says so.
//
// Faults: Invalid for a kind or a format that is not known; those of the source; errors of w.
func Write(ctx context.Context, w io.Writer, from Source, q Query) (rows int, err error) {
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	if q.To.IsZero() || q.To.After(q.Now) {
		q.To = q.Now
	}
	read, columns := pages(ctx, from, &q)
	if read == nil {
		return 0, fault.InvalidField("export.Write", "kind", "must be orders, refunds, fees or events")
	}
	table, err := q.Format.table(w, columns)
	if err != nil {
		return 0, err
	}
	for {
		page, more, err := read()
		if err != nil {
			return rows, err
		}
		for _, r := range page {
			if err := table.row(r); err != nil {
				return rows, err
			}
		}
		if err := table.flush(); err != nil {
			return rows, err
		}
		if rows += len(page); q.Page != nil {
			if err := q.Page(rows); err != nil {
				return rows, err
			}
		}
		if !more {
			return rows, nil
		}
	}
}

// reader returns the next page of a table, and whether there may be another.
type reader func() (page []row, more bool, err error)

// pages returns the reader and the columns of a kind; nil for one that is not known.
func pages(ctx context.Context, from Source, q *Query) (reader, []string) {
	switch q.Kind {
	case Orders:
		return orderPages(ctx, from, q), ledgerColumns
	case Refunds:
		return refundPages(ctx, from, q), ledgerColumns
	case Fees:
		return feePages(ctx, from, q), feeColumns
	case Events:
		return eventPages(ctx, from, q), eventColumns
	}
	return nil, nil
}

// within reports whether a time is one that was requested.
func (q *Query) within(at time.Time) bool {
	return !at.Before(q.From) && at.Before(q.To)
}

// when is a time as tables have it: with its offset.
func (q *Query) when(at time.Time) text {
	if at.IsZero() {
		return ""
	}
	return text(at.In(q.Zone).Format("2006-01-02T15:04:05.000Z07:00"))
}
