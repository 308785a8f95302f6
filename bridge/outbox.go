package bridge

import (
	"encoding/json"
	"strings"
)

const deliveryPrefix = "dlv_"

// messages is one message for each endpoint. Its body is made now, so
// that it says what was true when the event happened.
func messages(endpoints []string, o *Order, e *Event) []Message {
	if len(endpoints) == 0 {
		return nil
	}
	view := e.View()
	view.By = "" // who acted is for those who may read the feed
	view.Data = struct {
		Order OrderView `json:"order"`
	}{o.View(ForMerchant)}
	body, err := json.Marshal(view)
	if err != nil {
		panic("bridge: an order that cannot be written as JSON: " + err.Error())
	}
	list := make([]Message, len(endpoints))
	for i, endpoint := range endpoints {
		list[i] = Message{
			ID:  deliveryPrefix + strings.TrimPrefix(e.ID(), eventPrefix) + "-" + endpoint,
			App: o.App, Endpoint: endpoint, Order: o.ID,
			Sequence: e.Sequence, Type: e.Type, Body: body, CreatedAt: e.At, RunAt: e.At,
		}
	}
	return list
}
