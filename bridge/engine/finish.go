package engine

import (
	"encoding/json"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/schedule"
	"github.com/minitill/minitill/bridge/view"
)

// finish completes a change before it is committed: it plans the next status query, adds the
// messages of its events to the outbox, and seals the answer that is stored.
func (e *Engine) finish(c *bridge.Change) error {
	now := e.clock()
	c.Complete(now)
	schedule.Plan(c, now, e.pace(&c.Order))
	if err := e.addMessages(c); err != nil {
		return err
	}
	c.Answer = idempotency.Sealed(e.sealer, c.Answer)
	return nil
}

// addMessages puts a message for each event of the change into the outbox, for each webhook
// endpoint of the app and each subscription of this process.
//
// Faults: errStaleEndpoints.
func (e *Engine) addMessages(c *bridge.Change) error {
	app := e.apps[c.Order.App]
	if app == nil {
		return nil
	}
	for i := range c.Events {
		if !c.Events[i].Type.Webhook() {
			continue
		}
		names, current := e.endpointsFor(app, c.Events[i].Type, c.Endpoints)
		if !current {
			return errStaleEndpoints
		}
		if subscribers := e.subs.names(c.Events[i].Type); len(subscribers) > 0 {
			names = append(names[:len(names):len(names)], subscribers...)
		}
		c.Messages = append(c.Messages, messages(names, &c.Order, &c.Events[i])...)
	}
	return nil
}

// messages returns one message for each endpoint. The body is made now, so that it shows the
// order as it was when the event happened.
func messages(endpoints []string, o *bridge.Order, e *bridge.Event) []bridge.Message {
	if len(endpoints) == 0 {
		return nil
	}
	v := view.NewEvent(e)
	v.By = "" // the actor is shown in the feed only
	v.Data = struct {
		Order view.Order `json:"order"`
	}{view.NewOrder(o, view.ForMerchant)}
	body, err := json.Marshal(v)
	if err != nil {
		panic("engine: an order that cannot be written as JSON: " + err.Error())
	}
	list := make([]bridge.Message, len(endpoints))
	for i, endpoint := range endpoints {
		list[i] = bridge.Message{
			ID:  deliveryID(e, endpoint),
			App: o.App, Endpoint: endpoint, Order: o.ID,
			Sequence: e.Sequence, Type: e.Type, Body: body, CreatedAt: e.At, RunAt: e.At,
		}
	}
	return list
}

// deliveryID returns the id of the message that carries an event to one endpoint: "dlv_…".
func deliveryID(e *bridge.Event, endpoint string) string {
	return "dlv_" + strings.TrimPrefix(e.ID(), "evt_") + "-" + endpoint
}
