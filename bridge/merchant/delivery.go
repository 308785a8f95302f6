package merchant

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

// deliveryView is one webhook to one endpoint, with the state of its delivery.
type deliveryView struct {
	ID            string               `json:"id"`
	Endpoint      string               `json:"endpoint"`
	Order         bridge.OrderID       `json:"order"`
	Event         string               `json:"event"`
	Type          bridge.EventType     `json:"type"`
	Status        store.DeliveryStatus `json:"status"`
	Attempts      int                  `json:"attempts"`
	LastAttemptAt *time.Time           `json:"lastAttemptAt"`
	NextAttemptAt *time.Time           `json:"nextAttemptAt"` // null when there is none
	Note          string               `json:"note"`          // why the last attempt failed
	DurationMs    *int64               `json:"durationMs"`    // of the last attempt; null when it is not known
	Answer        *deliveryAnswer      `json:"answer"`        // to the last attempt; null when there was none
	CreatedAt     time.Time            `json:"createdAt"`
	Dismissed     *dismissedView       `json:"dismissed"`
}

// deliveryAnswer is what an endpoint answered.
type deliveryAnswer struct {
	Status int    `json:"status"`
	Body   string `json:"body"` // the start of an answer other than 2xx
}

func viewDelivery(d *store.DeliveryRecord) deliveryView {
	v := deliveryView{
		ID: d.ID, Endpoint: d.Endpoint, Order: d.Order,
		Event: eventOf(d), Type: d.Type,
		Status: d.Status, Attempts: d.Attempts, LastAttemptAt: orNull(d.TriedAt),
		Note: d.Note, CreatedAt: d.CreatedAt,
	}
	if d.Status == store.Undelivered {
		v.NextAttemptAt = orNull(d.RunAt)
	}
	if d.Took > 0 {
		v.DurationMs = new(d.Took.Milliseconds())
	}
	if d.Answer.Status != 0 {
		v.Answer = &deliveryAnswer{d.Answer.Status, DeliveryAnswer(d.Answer)}
	}
	v.Dismissed = viewDismissal(d.Dismissal)
	return v
}

// DeliveryAnswer is the body of an endpoint's answer for display: without secrets, and safe
// as text.
func DeliveryAnswer(a store.Answer) string { return string(web.Redacted([]byte(a.Text()))) }

// eventOf is the id of a delivery's event. It is part of the delivery's id, which has the
// epoch of a restored store, unlike order and sequence.
func eventOf(d *store.DeliveryRecord) string {
	core := strings.TrimPrefix(d.ID, "dlv_")
	return "evt_" + strings.TrimSuffix(core, "-"+d.Endpoint)
}

// orNull is a time as JSON has it; null when it is zero.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

var deliveryParameters = []string{"order", "endpoint", "status", "cursor", "limit"}

var deliveryStatuses = []store.DeliveryStatus{store.Delivered, store.Undelivered, store.Dead, store.Dismissed}

type deliveriesAnswer struct {
	Deliveries []deliveryView `json:"deliveries"`
	Next       *string        `json:"next"`
}

// listDeliveries answers with deliveries that match, the newest first.
//
// Faults: Invalid for a parameter that makes no sense.
func (a *API) listDeliveries(c *gin.Context, r *request) error {
	q, err := deliveryQuery(r)
	if err != nil {
		return err
	}
	deliveries, next, err := web.Page(q.Limit, func(limit int) ([]store.DeliveryRecord, error) {
		q.Limit = limit
		return a.store.Deliveries(c.Request.Context(), q)
	}, func(d *store.DeliveryRecord) string { return d.ID }, viewDelivery)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, deliveriesAnswer{deliveries, next})
}

func deliveryQuery(r *request) (store.DeliveryQuery, error) {
	p := r.query
	q := store.DeliveryQuery{
		App: r.app, Endpoint: p.Text("endpoint"), Order: p.Order("order"), Status: web.Word(p, "status", deliveryStatuses),
		Before: p.Cursor("cursor", isDeliveryID), Limit: p.Limit(),
	}
	return q, p.Err()
}

// isDeliveryID reports whether s has the form of a delivery's id.
func isDeliveryID(s string) bool {
	return strings.HasPrefix(s, "dlv_") && len(s) <= input.MaxParameter && web.IsText(s)
}

// showDelivery answers with a delivery.
//
// Faults: NotFound.
func (a *API) showDelivery(c *gin.Context, r *request) error {
	d, err := a.delivery(c.Request.Context(), r)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, viewDelivery(&d))
}

// delivery is the delivery that a request names.
//
// Faults: NotFound.
func (a *API) delivery(ctx context.Context, r *request) (store.DeliveryRecord, error) {
	const what = "delivery"
	if !isDeliveryID(r.id) {
		return store.DeliveryRecord{}, web.NotFound(what, nil)
	}
	list, err := a.store.Deliveries(ctx, store.DeliveryQuery{App: r.app, ID: r.id, Limit: 1})
	if err == nil && len(list) == 0 {
		err = web.NotFound(what, nil)
	}
	if err != nil {
		return store.DeliveryRecord{}, web.AsNotFound(what, err)
	}
	return list[0], nil
}

// replayDelivery delivers a webhook again, with the same id and in any state.
//
// Faults: NotFound; Conflict when its endpoint was removed; KeyReused.
func (a *API) replayDelivery(c *gin.Context, r *request) error {
	raw, err := problem.DecodeOptional(c.Writer, c.Request, &struct{}{})
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	d, err := a.delivery(ctx, r)
	if err != nil {
		return err
	}
	if a.engine.Subscribed(d.Endpoint) {
		// it is delivered in this process
	} else if _, err := a.endpoint(ctx, r.app, d.Endpoint); fault.KindOf(err) == fault.NotFound {
		return fault.New(fault.Conflict, "merchant.replayDelivery", "The delivery's endpoint is no longer there.")
	} else if err != nil {
		return err
	}
	now := a.instant()
	claim := r.claim(raw, now)
	if claim.Answer, err = a.sealed(r, http.StatusOK, replayed(d, now)); err != nil {
		return err
	}
	var held bridge.Claim
	err = a.act(c, r, action{operator.Replay, d.ID, string(d.Order)}, func() (_ string, err error) {
		held, err = a.store.ReplayMessage(ctx, r.app, d.ID, now, claim)
		return settled(claim, &held, err)
	})
	if err != nil {
		return err
	}
	if err := a.sendSealed(c, r, claim, &held); err != nil {
		return err
	}
	a.engine.MessageReplayed(r.app)
	return nil
}

// replayed is a delivery after its replay has begun.
func replayed(d store.DeliveryRecord, now time.Time) any {
	d.Status, d.Attempts, d.Note, d.Dismissal = store.Undelivered, 0, "", store.Dismissal{}
	d.RunAt, d.CreatedAt, d.TriedAt, d.Took, d.Answer = now, now, time.Time{}, 0, store.Answer{}
	return viewDelivery(&d)
}

// dismissDelivery gives up a dead delivery for good: it no longer counts as dead. One to a
// subscription without a handler need not be dead.
//
// Faults: NotFound; Invalid; Conflict when it is not dead; KeyReused.
func (a *API) dismissDelivery(c *gin.Context, r *request) error {
	dismissal, raw, err := a.dismissal(c, r)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	d, err := a.givenUp(ctx, r)
	if err != nil {
		return err
	}
	claim := r.claim(raw, dismissal.At)
	if d.Status != store.Dismissed { // the first dismissal stays
		d.Status, d.Dismissal = store.Dismissed, dismissal
	}
	if claim.Answer, err = a.sealed(r, http.StatusOK, viewDelivery(&d)); err != nil {
		return err
	}
	var held bridge.Claim
	err = a.act(c, r, action{operator.Replay, d.ID, "dismissed: " + dismissal.Note}, func() (_ string, err error) {
		held, err = a.store.DismissMessage(ctx, r.app, d.ID, dismissal, claim)
		return settled(claim, &held, err)
	})
	if err != nil {
		return err
	}
	return a.sendSealed(c, r, claim, &held)
}

// givenUp is the delivery that a request names: dead now, when it is to a subscription that
// the program has no handler for.
//
// Faults: NotFound.
func (a *API) givenUp(ctx context.Context, r *request) (store.DeliveryRecord, error) {
	d, err := a.delivery(ctx, r)
	if err != nil {
		return d, err
	}
	if err := a.engine.GiveUpDelivery(ctx, &d); err != nil {
		return d, err
	}
	return a.delivery(ctx, r)
}
