package console

import (
	"context"
	"crypto/sha256"
	"net/http"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// webhooksPage is the endpoints of an app and their deliveries.
type webhooksPage struct {
	Endpoints  []endpointLine
	Endpoint   string // of the deliveries; empty: all
	Status     string
	Statuses   []store.DeliveryStatus
	Deliveries []store.DeliveryRecord
	More       string
	Replay     bulkForm
	Replays    []bulk
}

// endpointLine is one webhook endpoint. Secrets are not shown.
type endpointLine struct {
	ID, URL, Description string
	Events               []bridge.EventType
	Configured           bool
	Disabled             bool
	DisabledReason       string
	FailingSince         time.Time
	PreviousUntil        time.Time
}

var deliveryStatuses = []store.DeliveryStatus{store.Undelivered, store.Dead, store.Delivered, store.Dismissed}

func showWebhooks(p *page) error {
	v := webhooksPage{Endpoint: p.r.FormValue("endpoint"), Status: p.r.FormValue("status"), Statuses: deliveryStatuses}
	if v.Status != "" && !slices.Contains(deliveryStatuses, store.DeliveryStatus(v.Status)) {
		return invalid("status", "is not a status")
	}
	var err error
	if v.Endpoints, err = p.endpointLines(p.r.Context()); err != nil {
		return err
	}
	if v.Replay, err = p.bulkForm(p.r.Context()); err != nil {
		return err
	}
	if v.Replays, err = p.ownBulks(p.r.Context(), bulkDocument); err != nil {
		return err
	}
	v.Deliveries, err = p.store.Deliveries(p.r.Context(), store.DeliveryQuery{
		App: p.app.Name, Endpoint: v.Endpoint, Status: store.DeliveryStatus(v.Status), Before: p.r.FormValue("after"), Limit: pageSize + 1,
	})
	if fault.KindOf(err) == fault.NotFound {
		err = invalid("after", "is not of this list")
	}
	if err != nil {
		return err
	}
	if len(v.Deliveries) > pageSize {
		v.Deliveries = v.Deliveries[:pageSize]
		v.More = p.url("webhooks", "endpoint", v.Endpoint, "status", v.Status, "after", v.Deliveries[pageSize-1].ID)
	}
	return p.show(http.StatusOK, "webhooks", "Webhooks", v)
}

// endpointLines are an app's endpoints: those of the configuration, then those that the
// merchant has created.
func (p *page) endpointLines(ctx context.Context) (list []endpointLine, err error) {
	if served, err := p.engine.App(p.app.Name); err == nil {
		for _, name := range served.Endpoints {
			list = append(list, endpointLine{ID: name, Configured: true, URL: p.configured[store.EndpointKey{App: p.app.Name, Endpoint: name}]})
		}
	}
	all, _, err := p.store.Endpoints(ctx)
	for i := range all {
		if e := &all[i]; e.App == p.app.Name {
			list = append(list, endpointLine{
				ID: e.ID, URL: e.URL, Description: e.Description, Events: e.Events, Disabled: e.Disabled, DisabledReason: e.DisabledReason,
				FailingSince: e.FailingSince, PreviousUntil: e.PreviousUntil,
			})
		}
	}
	return list, err
}

// replayDelivery delivers a webhook again, with the same id and in any state.
func replayDelivery(p *page) error {
	ctx := p.r.Context()
	list, err := p.store.Deliveries(ctx, store.DeliveryQuery{App: p.app.Name, ID: p.r.PathValue("id"), Limit: 1})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return notFound("delivery")
	}
	d := &list[0]
	if err := p.deliverable(ctx, d); err != nil {
		return err
	}
	err = p.act(action{operator.Replay, p.app.Name, d.ID, string(d.Order)}, func(ctx context.Context) error { return p.replay(ctx, d) })
	if err != nil {
		return err
	}
	switch p.r.PostFormValue("from") {
	case "order":
		return p.seeOther(p.url("orders/"+string(d.Order), "done", "replay"))
	case "delivery":
		return p.seeOther(p.url("deliveries/"+d.ID, "done", "replay"))
	}
	return p.seeOther(p.url("webhooks", "done", "replay"))
}

// deliverable checks that the endpoint of a delivery is still there.
//
// Faults: Conflict; those of the store.
func (p *page) deliverable(ctx context.Context, d *store.DeliveryRecord) error {
	if p.engine.Subscribed(d.Endpoint) {
		return nil
	}
	list, err := p.endpointLines(ctx)
	if err == nil && !hasEndpoint(list, d.Endpoint) {
		err = fault.New(fault.Conflict, "console.replayDelivery", "The delivery's endpoint is no longer there.")
	}
	return err
}

// replay makes a message due now, once for each rendered form.
func (p *page) replay(ctx context.Context, d *store.DeliveryRecord) error {
	now := p.now().UTC().Truncate(time.Millisecond)
	claim := &bridge.Claim{
		Scope: "console/" + p.app.Name, Key: "replay/" + p.r.PostFormValue("key") + "/" + d.ID, Digest: sha256.Sum256([]byte(d.ID)),
		CreatedAt: now, Answer: &bridge.Answer{Status: http.StatusOK},
	}
	if _, err := p.store.ReplayMessage(ctx, p.app.Name, d.ID, now, claim); err != nil {
		return err
	}
	p.engine.MessageReplayed(p.app.Name)
	return nil
}

func hasEndpoint(list []endpointLine, id string) bool {
	return slices.ContainsFunc(list, func(e endpointLine) bool { return e.ID == id })
}
