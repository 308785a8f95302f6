package engine

import (
	"encoding/json"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/view"
)

// finish completes a change before it is committed: the messages its events call for,
// the wallets' ids by which its payments are found, when the order is looked at next, and
// the seal on the answer that is kept.
func (e *Engine) finish(c *bridge.Change) error {
	c.Complete(e.clock(), e.pace(&c.Order))
	if err := e.addMessages(c); err != nil {
		return err
	}
	c.Answer = c.Answer.Sealed(e.sealer)
	return nil
}

// addMessages puts a message for each event of the change into the outbox, for each webhook
// endpoint of the app and each subscription of this process.
//
// Faults: errOldEndpoints when the endpoints have changed since this node has read them.
func (e *Engine) addMessages(c *bridge.Change) error {
	app := e.apps[c.Order.App]
	if app == nil {
		return nil
	}
	for i := range c.Events {
		if !c.Events[i].Type.Webhook() {
			continue
		}
		names, current := e.listeners(app, c.Events[i].Type, c.Endpoints)
		if !current {
			return errOldEndpoints
		}
		if subscribers := e.subs.hearing(c.Events[i].Type); len(subscribers) > 0 {
			names = append(names[:len(names):len(names)], subscribers...)
		}
		c.Messages = append(c.Messages, messages(names, &c.Order, &c.Events[i])...)
	}
	return nil
}

// messages is one message for each endpoint. Its body is made now, so
// that it says what was true when the event happened.
func messages(endpoints []string, o *bridge.Order, e *bridge.Event) []bridge.Message {
	if len(endpoints) == 0 {
		return nil
	}
	v := view.NewEvent(e)
	v.By = "" // who acted is for those who may read the feed
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
			ID:  e.DeliveryID(endpoint),
			App: o.App, Endpoint: endpoint, Order: o.ID,
			Sequence: e.Sequence, Type: e.Type, Body: body, CreatedAt: e.At, RunAt: e.At,
		}
	}
	return list
}
