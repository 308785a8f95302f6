package console

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// bulk does one thing to many: it replays all dead deliveries to one endpoint in a range of
// time, or acts on orders; see onOrders. Its state is in the store, so that another node
// continues it when this one stops.
type bulk struct {
	ID        string    `json:"id"` // rpl_… or blk_…
	App       string    `json:"app"`
	Endpoint  string    `json:"endpoint,omitempty"` // of a replay
	From      time.Time `json:"from"`               // created in [From, To)
	To        time.Time `json:"to"`
	By        string    `json:"by"`
	Reason    string    `json:"reason"`
	CreatedAt time.Time `json:"createdAt"`
	Total     int       `json:"total"` // that were counted before
	Finished  int       `json:"replayed"`
	EndedAt   time.Time `json:"endedAt,omitzero"`
	Canceled  string    `json:"canceled,omitempty"` // by whom
	LeaseEnds time.Time `json:"leaseEnds,omitzero"` // of the node that works on it
	onOrders            // zero for a replay
}

// Open reports whether something may be left to do.
func (b *bulk) Open() bool { return b.EndedAt.IsZero() }

// includes reports whether a dead delivery is one of those that were counted. One that was
// replayed counts as created then, which is after the range.
func (b *bulk) includes(d *store.DeliveryRecord) bool {
	return !d.CreatedAt.Before(b.From) && d.CreatedAt.Before(b.To)
}

const (
	bulkDocument = "console.replays"
	bulkKept     = 50          // in a document, unless more are open
	bulkMost     = 10_000      // deliveries or orders of one
	bulkBatch    = 20          // deliveries a second
	bulkLease    = time.Minute // longer than a batch
)

// documentOf returns the document of a bulk. Versions before there were any about orders take
// all in bulkDocument for replays.
func documentOf(id string) string {
	if strings.HasPrefix(id, "rpl_") {
		return bulkDocument
	}
	return ordersDocument
}

// bulks returns the bulks of a document, the newest first.
func (c *Console) bulks(ctx context.Context, name string) ([]bulk, error) {
	doc, _, err := c.documents.Document(ctx, name, -1)
	if err != nil {
		return nil, err
	}
	return decodeBulks(doc)
}

func decodeBulks(doc []byte) (list []bulk, err error) {
	if len(doc) > 0 {
		if err := json.Unmarshal(doc, &list); err != nil {
			return nil, fault.Wrap(fault.Internal, "console.bulks", err)
		}
	}
	return list, nil
}

// changeBulks gives change the bulks of a document and stores what it returns; nil changes
// nothing.
func (c *Console) changeBulks(ctx context.Context, name string, change func([]bulk) ([]bulk, error)) error {
	return c.documents.ChangeDocument(ctx, name, func(doc []byte) ([]byte, error) {
		list, err := decodeBulks(doc)
		if err != nil {
			return nil, err
		}
		next, err := change(list)
		if err != nil || next == nil {
			return nil, err
		}
		return json.Marshal(next)
	})
}

// changeBulk changes one bulk.
//
// Faults: NotFound; those of the store.
func (c *Console) changeBulk(ctx context.Context, id string, change func(*bulk) error) error {
	return c.changeBulks(ctx, documentOf(id), func(list []bulk) ([]bulk, error) {
		at := slices.IndexFunc(list, func(b bulk) bool { return b.ID == id })
		if at < 0 {
			return nil, notFound("bulk action")
		}
		return list, change(&list[at])
	})
}

// addBulk stores a new bulk. There is one replay at a time for an endpoint, and one of each
// kind for the orders of an app.
//
// Faults: Conflict.
func (c *Console) addBulk(ctx context.Context, b bulk) error {
	return c.changeBulks(ctx, documentOf(b.ID), func(list []bulk) ([]bulk, error) {
		for i := range list {
			switch have := &list[i]; {
			case have.ID == b.ID:
				return nil, nil // an earlier attempt, or press of the form, has stored it
			case have.Open() && have.App == b.App && have.Endpoint == b.Endpoint && have.Kind == b.Kind:
				return nil, fault.New(fault.Conflict, "console.addBulk", "One is under way; wait for its end, or cancel it.")
			}
		}
		return forgetEnded(slices.Insert(list, 0, b)), nil
	})
}

// forgetEnded removes the oldest bulks that have ended, until few enough are left.
func forgetEnded(list []bulk) []bulk {
	for i := len(list) - 1; i >= 0 && len(list) > bulkKept; i-- {
		if !list[i].Open() {
			list = slices.Delete(list, i, i+1)
		}
	}
	return list
}

// dead returns the ids of the deliveries that a replay is about, the oldest first: messages
// of one order are delivered in their order.
func (c *Console) dead(ctx context.Context, b *bulk) (ids []string, err error) {
	before := ""
	for len(ids) < bulkMost {
		q := store.DeliveryQuery{App: b.App, Endpoint: b.Endpoint, Status: store.Dead, Before: before, Limit: input.MaxPage}
		list, err := c.store.Deliveries(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range list {
			if before = list[i].ID; b.includes(&list[i]) {
				ids = append(ids, before)
			}
		}
		if len(list) < q.Limit {
			break
		}
	}
	slices.Reverse(ids)
	return ids, nil
}

// Run works on bulks until ctx ends. Those about orders wait for wallets, for which replays do
// not wait.
func (c *Console) Run(ctx context.Context) error {
	var replays sync.WaitGroup
	replays.Go(func() { c.everySecond(ctx, bulkDocument, c.replayBatch) })
	c.everySecond(ctx, ordersDocument, c.orderBatch)
	replays.Wait()
	return ctx.Err()
}

func (c *Console) everySecond(ctx context.Context, document string, batch func(context.Context, *bulk) error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := c.batches(ctx, document, batch); err != nil && ctx.Err() == nil {
				c.log.Warn("console: a bulk action failed; it is retried", "document", document, "fault", err)
			}
		}
	}
}

// RunOnce does the next batch of each bulk that no other node works on.
//
// Faults: those of the store.
func (c *Console) RunOnce(ctx context.Context) error {
	return errors.Join(c.batches(ctx, bulkDocument, c.replayBatch), c.batches(ctx, ordersDocument, c.orderBatch))
}

func (c *Console) batches(ctx context.Context, document string, batch func(context.Context, *bulk) error) error {
	list, err := c.bulks(ctx, document)
	if err != nil {
		return err
	}
	var faults []error
	for i := range list {
		if list[i].Open() {
			faults = append(faults, c.leased(ctx, list[i].ID, batch))
		}
	}
	return errors.Join(faults...)
}

// leased runs a batch of a bulk under its lease, unless another node has it.
func (c *Console) leased(ctx context.Context, id string, batch func(context.Context, *bulk) error) error {
	var b bulk
	now := c.now().UTC().Truncate(time.Millisecond)
	err := c.changeBulk(ctx, id, func(have *bulk) error {
		if b = *have; !b.Open() || now.Before(b.LeaseEnds) {
			return errBulkHeld
		}
		have.LeaseEnds = now.Add(bulkLease)
		return nil
	})
	if errors.Is(err, errBulkHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	return batch(ctx, &b)
}

// replayBatch replays the oldest deliveries of a replay, and stores how far it has come. A
// batch that was interrupted is counted again by what is still dead.
func (c *Console) replayBatch(ctx context.Context, b *bulk) error {
	now := c.now().UTC().Truncate(time.Millisecond)
	ids, err := c.dead(ctx, b)
	if err != nil {
		return err
	}
	batch := ids[:min(len(ids), bulkBatch)]
	for _, id := range batch {
		if _, err := c.store.ReplayMessage(ctx, b.App, id, now, nil); err != nil {
			return err
		}
	}
	if len(batch) > 0 {
		c.engine.MessageReplayed(b.App)
	}
	return c.changeBulk(ctx, b.ID, func(have *bulk) error {
		have.LeaseEnds = time.Time{}
		have.Finished = max(have.Finished, have.Total-len(ids)+len(batch))
		if len(batch) == len(ids) && have.Open() {
			have.EndedAt = now
		}
		return nil
	})
}

// errBulkHeld reports that a bulk has ended or that another node works on it.
var errBulkHeld = errors.New("console: the replay has ended or is held")
