package console

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// bulk replays all dead deliveries to one endpoint in a range of time. Its state is in the
// store, so that another node continues it when this one stops.
type bulk struct {
	ID        string    `json:"id"` // rpl_…
	App       string    `json:"app"`
	Endpoint  string    `json:"endpoint"`
	From      time.Time `json:"from"` // created in [From, To)
	To        time.Time `json:"to"`
	By        string    `json:"by"`
	Reason    string    `json:"reason"`
	CreatedAt time.Time `json:"createdAt"`
	Total     int       `json:"total"` // that were counted before
	Replayed  int       `json:"replayed"`
	EndedAt   time.Time `json:"endedAt,omitzero"`
	Canceled  string    `json:"canceled,omitempty"` // by whom
	LeaseEnds time.Time `json:"leaseEnds,omitzero"` // of the node that works on it
}

// Open reports whether something may be left to replay.
func (b *bulk) Open() bool { return b.EndedAt.IsZero() }

// includes reports whether a dead delivery is one of those that were counted. One that was
// replayed counts as created then, which is after the range.
func (b *bulk) includes(d *store.DeliveryRecord) bool {
	return !d.CreatedAt.Before(b.From) && d.CreatedAt.Before(b.To)
}

const (
	bulkDocument = "console.replays"
	bulkKept     = 50               // in the document
	bulkMost     = 10_000           // deliveries of one
	bulkBatch    = 20               // deliveries a second
	bulkLease    = 30 * time.Second // longer than a batch
)

// bulks returns the replays of the document, the newest first.
func (c *Console) bulks(ctx context.Context) ([]bulk, error) {
	doc, _, err := c.documents.Document(ctx, bulkDocument, -1)
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

// changeBulks gives change the replays and stores what it returns; nil changes nothing.
func (c *Console) changeBulks(ctx context.Context, change func([]bulk) ([]bulk, error)) error {
	return c.documents.ChangeDocument(ctx, bulkDocument, func(doc []byte) ([]byte, error) {
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

// changeBulk changes one replay.
//
// Faults: NotFound; those of the store.
func (c *Console) changeBulk(ctx context.Context, id string, change func(*bulk) error) error {
	return c.changeBulks(ctx, func(list []bulk) ([]bulk, error) {
		at := slices.IndexFunc(list, func(b bulk) bool { return b.ID == id })
		if at < 0 {
			return nil, notFound("replay")
		}
		return list, change(&list[at])
	})
}

// addBulk stores a new replay. There is one at a time for an endpoint.
//
// Faults: Conflict.
func (c *Console) addBulk(ctx context.Context, b bulk) error {
	return c.changeBulks(ctx, func(list []bulk) ([]bulk, error) {
		for i := range list {
			switch have := &list[i]; {
			case have.ID == b.ID:
				return nil, nil // an earlier attempt, or press of the form, has stored it
			case have.Open() && have.App == b.App && have.Endpoint == b.Endpoint:
				return nil, fault.New(fault.Conflict, "console.addBulk", "A replay to this endpoint is under way.")
			}
		}
		list = slices.Insert(list, 0, b)
		return list[:min(len(list), bulkKept)], nil
	})
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

// Run works on replays until ctx ends.
func (c *Console) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if err := c.RunOnce(ctx); err != nil && ctx.Err() == nil {
				c.log.Warn("console: replaying webhooks failed; it is retried", "fault", err)
			}
		}
	}
}

// RunOnce replays the next batch of each replay that no other node works on.
//
// Faults: those of the store.
func (c *Console) RunOnce(ctx context.Context) error {
	list, err := c.bulks(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for i := range list {
		if list[i].Open() {
			faults = append(faults, c.replayBatch(ctx, list[i].ID))
		}
	}
	return errors.Join(faults...)
}

// replayBatch acquires the lease of a replay, replays its oldest deliveries, and stores how
// far it has come. A batch that was interrupted is counted again by what is still dead.
func (c *Console) replayBatch(ctx context.Context, id string) error {
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
	ids, err := c.dead(ctx, &b)
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
	return c.changeBulk(ctx, id, func(have *bulk) error {
		have.LeaseEnds = time.Time{}
		have.Replayed = max(have.Replayed, have.Total-len(ids)+len(batch))
		if len(batch) == len(ids) && have.Open() {
			have.EndedAt = now
		}
		return nil
	})
}

// errBulkHeld reports that a replay has ended or that another node works on it.
var errBulkHeld = errors.New("console: the replay has ended or is held")
