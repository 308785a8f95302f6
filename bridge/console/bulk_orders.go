package console

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// bulkKind is what is done to each order. None moves money.
type bulkKind string

const (
	bulkRefresh bulkKind = "refresh" // query its wallets now
	bulkClear   bulkKind = "clear"   // clear a reason for attention with a note
)

// onOrders is the part of a bulk about the orders that a filter selects, the newest first.
type onOrders struct {
	Kind      bulkKind       `json:"kind,omitempty"` // empty: the bulk is a replay
	Operator  string         `json:"operator,omitempty"`
	Status    wallet.Status  `json:"status,omitempty"`
	Wallet    string         `json:"wallet,omitempty"`
	Attention string         `json:"attention,omitempty"`
	Until     time.Time      `json:"until,omitzero"`  // when the operator saw the count
	After     bridge.OrderID `json:"after,omitempty"` // the last order of the batch before
	Failed    int            `json:"failed,omitempty"`
	Last      bridge.OrderID `json:"last,omitempty"` // that failed
	Why       string         `json:"why,omitempty"`  // it failed
}

const (
	ordersDocument = "console.bulks"
	ordersBatch    = 5 // orders a second, whose wallets are queried at once
)

// right is what an operator needs to begin a bulk or to cancel it.
func (b *bulk) right() operator.Action {
	switch b.Kind {
	case bulkRefresh:
		return operator.Refresh
	case bulkClear:
		return operator.Note
	}
	return operator.Replay
}

// Reached is how many orders a bulk has come to.
func (b *bulk) Reached() int { return b.Finished + b.Failed }

// Gone is how many orders did not match any more when an ended bulk came to them: they were
// changed meanwhile, also by a batch of it that was interrupted.
func (b *bulk) Gone() int {
	if b.Open() || b.Canceled != "" {
		return 0
	}
	return max(b.Total-b.Reached(), 0)
}

// next returns the next orders of a bulk.
func (c *Console) next(ctx context.Context, b *bulk, after bridge.OrderID, limit int) ([]Line, error) {
	f, err := c.finder.Find(ctx, Search{
		App: b.App, Status: b.Status, Wallet: b.Wallet, Attention: b.Attention, From: b.From, To: b.To, After: string(after), Limit: limit,
	})
	return f.Orders, err
}

// count counts the orders of a bulk, bulkMost at most.
func (c *Console) count(ctx context.Context, b *bulk) (n int, err error) {
	const page = 100
	for after := bridge.OrderID(""); n < bulkMost; {
		list, err := c.next(ctx, b, after, page)
		if err != nil {
			return 0, err
		}
		if n += len(list); len(list) < page {
			break
		}
		after = list[len(list)-1].ID
	}
	return n, nil
}

// orderBatch acts on the next orders of a bulk, and stores how far it has come. Orders of a
// batch that was interrupted are queried again, and those whose reason was cleared are left
// alone.
func (c *Console) orderBatch(ctx context.Context, b *bulk) error {
	if ended, err := c.revoked(ctx, b); ended || err != nil {
		return err
	}
	list, err := c.next(ctx, b, b.After, min(ordersBatch, max(b.Total-b.Reached(), 1)))
	if err != nil {
		return err
	}
	faults := make([]error, len(list))
	var orders sync.WaitGroup
	for i := range list {
		orders.Go(func() { faults[i] = c.actOn(engine.WithActor(ctx, b.By), b, list[i].ID) })
	}
	orders.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return c.changeBulk(ctx, b.ID, func(have *bulk) error {
		if have.After != b.After { // the lease has ended, and another node has done this batch
			return nil
		}
		have.LeaseEnds = time.Time{}
		for i, failure := range faults {
			if have.After = list[i].ID; failure == nil {
				have.Finished++
				continue
			}
			have.Failed, have.Last, have.Why = have.Failed+1, list[i].ID, reasonOf(failure)
		}
		if have.Open() && (len(list) == 0 || have.Reached() >= have.Total) {
			have.EndedAt = c.now().UTC().Truncate(time.Millisecond)
		}
		return nil
	})
}

// revoked ends a bulk whose operator may not do it any more.
func (c *Console) revoked(ctx context.Context, b *bulk) (bool, error) {
	o, err := c.operators.Book.Operator(ctx, b.Operator)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return false, err
	}
	if err == nil && o.DisabledAt.IsZero() && o.May(b.right(), b.App) {
		return false, nil
	}
	return true, c.changeBulk(ctx, b.ID, func(have *bulk) error {
		have.EndedAt, have.Canceled = c.now().UTC().Truncate(time.Millisecond), "the till: "+b.By+" may not do this any more"
		return nil
	})
}

// actOn does to one order what a bulk is for. It does nothing to an order that needs it no
// more.
func (c *Console) actOn(ctx context.Context, b *bulk, id bridge.OrderID) error {
	if b.Kind == bulkRefresh {
		_, err := c.engine.Refresh(ctx, id)
		return err
	}
	why := bridge.Attention(b.Attention)
	order, err := c.engine.Order(ctx, id)
	if err != nil || !slices.Contains(order.Attention(), why) {
		return err
	}
	if err := c.seen(ctx, id, why, b.Until); err != nil {
		return err
	}
	_, err = c.engine.Resolve(engine.WithVersion(ctx, order.Sequence), id, resolution.Decision{
		Attention: why, Note: b.Reason, By: b.By, Source: bridge.FromOperator,
	}, nil)
	return err
}

// errRaisedSince is why a reason is left: the operator has not seen it.
var errRaisedSince = fault.New(fault.Conflict, "console.actOn", "The reason was raised again after the orders were counted.")

// seen checks that a reason was not raised since the operator saw how many orders have it.
//
// Faults: errRaisedSince; those of the store.
func (c *Console) seen(ctx context.Context, id bridge.OrderID, why bridge.Attention, until time.Time) error {
	h, err := c.engine.History(ctx, id)
	if err == nil && slices.ContainsFunc(h.Events, func(e bridge.Event) bool { return e.Data.Attention == why && e.At.After(until) }) {
		err = errRaisedSince
	}
	return err
}

// reasonOf is why an order was left, in words for operators.
func reasonOf(err error) string {
	if f := fault.Of(err); f.Detail != "" {
		return f.Detail
	}
	return fault.Network(err)
}
