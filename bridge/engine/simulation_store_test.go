package engine_test

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// dyingStore is the store of a process that may die before or after each commit.
type dyingStore struct {
	storetest.Store
	sim *sim
}

func (d *dyingStore) CreateOrder(ctx context.Context, c *bridge.Change) (bridge.Claim, error) {
	d.sim.maybeDie()
	defer d.sim.maybeDie()
	claim, err := d.Store.CreateOrder(ctx, c)
	if err == nil && (c.Claim == nil || claim.Subject == string(c.Order.ID)) {
		d.sim.orders = append(d.sim.orders, c.Order.ID)
	}
	if err == nil && d.lost() {
		return bridge.Claim{}, errLost
	}
	return claim, err
}

// lost reports whether the answer to a commit was lost: it is not known whether it was made.
func (d *dyingStore) lost() bool { return d.sim.storm && d.sim.dice.IntN(80) == 0 }

// ClaimMessages claims one at a time, so that attempts follow one another.
func (d *dyingStore) ClaimMessages(ctx context.Context, app, endpoint string, now time.Time, lease time.Duration, _ int) ([]bridge.Message, error) {
	d.sim.maybeDie()
	return d.Store.ClaimMessages(ctx, app, endpoint, now, lease, 1)
}

func (d *dyingStore) FinishMessage(ctx context.Context, id string, attempt int, outcome store.Delivery) error {
	d.sim.maybeDie()
	return d.Store.FinishMessage(ctx, id, attempt, outcome)
}

func (d *dyingStore) UpdateOrder(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	d.sim.maybeDie()
	defer d.sim.maybeDie()
	o, err := d.Store.UpdateOrder(ctx, id, change)
	if err == nil && d.lost() {
		return o, errLost
	}
	return o, err
}

func (d *dyingStore) KeepNotification(ctx context.Context, item store.InboxItem) error {
	d.sim.maybeDie()
	defer d.sim.maybeDie()
	return d.Store.KeepNotification(ctx, item)
}

func (d *dyingStore) ForgetNotification(ctx context.Context, wallet, eventID string) error {
	d.sim.maybeDie()
	return d.Store.ForgetNotification(ctx, wallet, eventID)
}

// ClaimDueOrders claims one of each wallet, so that few leases are lost with a process.
func (d *dyingStore) ClaimDueOrders(ctx context.Context, now time.Time, lease time.Duration, limits map[string]int) ([]bridge.Order, error) {
	d.sim.maybeDie()
	few := map[string]int{}
	for name, most := range limits {
		few[name] = min(most, 1)
	}
	return d.Store.ClaimDueOrders(ctx, now, lease, few)
}

func (d *dyingStore) ChangeDocument(ctx context.Context, name string, change func([]byte) ([]byte, error)) error {
	d.sim.maybeDie()
	defer d.sim.maybeDie()
	if err := d.Store.ChangeDocument(ctx, name, change); err != nil {
		return err
	}
	if d.lost() {
		return errLost
	}
	return nil
}
