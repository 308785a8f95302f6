package merchant

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
)

// endpointView is a webhook endpoint. Its secret is in the answer that creates it only.
type endpointView struct {
	ID                  string             `json:"id"`
	Configured          bool               `json:"configured"` // in the configuration file, and not changeable here
	URL                 string             `json:"url"`
	Description         string             `json:"description"`
	Events              []bridge.EventType `json:"events"` // those it receives; none: all
	Disabled            bool               `json:"disabled"`
	DisabledReason      string             `json:"disabledReason"` // empty when the merchant disabled it
	FailingSince        *time.Time         `json:"failingSince"`
	PreviousSecretUntil *time.Time         `json:"previousSecretUntil"` // both secrets sign until then
	CreatedAt           *time.Time         `json:"createdAt"`
	Secret              string             `json:"secret,omitempty"`
}

func viewEndpoint(e *store.Endpoint) endpointView {
	v := endpointView{
		ID: e.ID, URL: e.URL, Description: e.Description, Events: e.Events,
		Disabled: e.Disabled, DisabledReason: e.DisabledReason,
		FailingSince: orNull(e.FailingSince), PreviousSecretUntil: orNull(e.PreviousUntil), CreatedAt: orNull(e.CreatedAt),
	}
	if v.Events == nil {
		v.Events = []bridge.EventType{}
	}
	return v
}

type endpointsAnswer struct {
	Endpoints []endpointView `json:"endpoints"`
}

// listEndpoints answers with the app's webhook endpoints, the configured ones first.
func (a *API) listEndpoints(c *gin.Context, r *request) error {
	list, err := a.endpoints(c.Request.Context(), r.app)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, endpointsAnswer{list})
}

// showEndpoint answers with one webhook endpoint.
//
// Faults: NotFound.
func (a *API) showEndpoint(c *gin.Context, r *request) error {
	v, err := a.endpoint(c.Request.Context(), r.app, r.id)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, v)
}

// endpoints are an app's: those of the configuration, then those that the merchant has
// created.
func (a *API) endpoints(ctx context.Context, app string) ([]endpointView, error) {
	list := a.configuredEndpoints(app)
	own, err := a.ownEndpoints(ctx, app)
	for i := range own {
		list = append(list, viewEndpoint(&own[i]))
	}
	return list, err
}

func (a *API) configuredEndpoints(app string) []endpointView {
	list := []endpointView{}
	served, err := a.engine.App(app)
	if err != nil {
		return list // an app that is not served has none
	}
	for _, name := range served.Endpoints {
		list = append(list, endpointView{
			ID: name, Configured: true, Events: []bridge.EventType{},
			URL: a.configured[store.EndpointKey{App: app, Endpoint: name}],
		})
	}
	return list
}

// ownEndpoints are those that the merchant has created.
func (a *API) ownEndpoints(ctx context.Context, app string) ([]store.Endpoint, error) {
	all, _, err := a.store.Endpoints(ctx)
	return slices.DeleteFunc(slices.Clone(all), func(e store.Endpoint) bool { return e.App != app }), err
}

// endpoint is the app's endpoint of that id.
//
// Faults: NotFound.
func (a *API) endpoint(ctx context.Context, app, id string) (endpointView, error) {
	list, err := a.endpoints(ctx, app)
	if err != nil {
		return endpointView{}, err
	}
	at := slices.IndexFunc(list, func(v endpointView) bool { return v.ID == id })
	if at < 0 {
		return endpointView{}, web.NotFound("webhook endpoint", nil)
	}
	return list[at], nil
}
