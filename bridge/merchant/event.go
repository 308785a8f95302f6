package merchant

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/bridge/web"
)

var eventParameters = []string{"after", "limit"}

// eventsAnswer is a page of a feed. Next is the cursor for the parameter after: the last
// event, or the request's cursor when there is none yet.
type eventsAnswer struct {
	Events []view.Event `json:"events"`
	Next   *string      `json:"next"`
}

// listEvents answers with the events of the app's orders, oldest first and without gaps.
//
// Faults: Invalid for an event that is not there; Expired before the horizon of the archive.
func (a *API) listEvents(c *gin.Context, r *request) error {
	after, limit, err := place(r.query)
	if err != nil {
		return err
	}
	list, err := a.store.Feed(c.Request.Context(), store.FeedQuery{App: r.app, After: after, Limit: limit})
	if err != nil {
		return a.feedFault(c.Request.Context(), r.app, web.CursorFault("after", err))
	}
	return sendEvents(c, after, list)
}

// listOrderEvents answers with the events of one order, oldest first.
//
// Faults: NotFound; Invalid for an event that is not there; Expired for one before events that
// were archived.
func (a *API) listOrderEvents(c *gin.Context, r *request) error {
	after, limit, err := place(r.query)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	order, err := a.order(ctx, r)
	if err != nil {
		return err
	}
	if after != (bridge.EventKey{}) && (after.Order != order.ID || after.Sequence > order.Sequence) {
		return web.NotOfList("after", nil)
	}
	events, err := a.engine.Events(ctx, order.ID, after.Sequence)
	if err != nil {
		return a.orderFault(ctx, order.ID, err)
	}
	list := make([]store.FeedEvent, min(limit, len(events)))
	for i := range list {
		list[i] = store.FeedEvent{Event: events[i], Currency: order.Amount.Currency}
	}
	return sendEvents(c, after, list)
}

// place is the cursor and the limit of a page of a feed.
func place(p *web.Parameters) (after bridge.EventKey, limit int, err error) {
	after, limit = web.Parsed(p, "after", "is not the id of an event", bridge.ParseEventID), p.Limit()
	return after, limit, p.Err()
}

func sendEvents(c *gin.Context, after bridge.EventKey, list []store.FeedEvent) error {
	answer := eventsAnswer{Events: make([]view.Event, len(list))}
	for i := range list {
		answer.Events[i] = view.NewFeedEvent(&list[i])
	}
	switch {
	case len(list) > 0:
		answer.Next = &answer.Events[len(list)-1].ID
	case after != (bridge.EventKey{}):
		answer.Next = new(after.ID())
	}
	return web.Send(c, http.StatusOK, answer)
}
