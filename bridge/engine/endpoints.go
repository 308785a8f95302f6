package engine

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// endpointsEvery is how often a node reads the endpoints that other nodes have changed, so
// that a commit seldom has to; see Change.Endpoints.
const endpointsEvery = 2 * time.Second

// EndpointsChanged reads the webhook endpoints again, so that a new one receives this node's
// events at once.
func (e *Engine) EndpointsChanged() {
	ctx, cancel := context.WithTimeout(context.Background(), endpointsEvery)
	defer cancel()
	if err := e.loadEndpoints(ctx); err != nil {
		e.log.Error("the webhook endpoints cannot be read; those known are used; check the database", "fault", err)
	}
}

// MessageReplayed notifies the dispatcher that a message of an app is due again.
func (e *Engine) MessageReplayed(app string) { e.wake(app) }

// knownEndpoints are the merchants' webhook endpoints by app, as last read.
type knownEndpoints struct {
	of      map[string][]store.Endpoint
	version int64
}

// errStaleEndpoints is returned when the endpoints have changed since this node read them.
var errStaleEndpoints = fault.New(fault.Conflict, "engine.update", "The webhook endpoints have changed.")

// loadEndpoints reads the endpoints of each app. Those read before stay in use when the
// store does not answer.
func (e *Engine) loadEndpoints(ctx context.Context) error {
	list, version, err := e.store.Endpoints(ctx)
	if err != nil {
		return err
	}
	of := make(map[string][]store.Endpoint)
	for _, endpoint := range list {
		of[endpoint.App] = append(of[endpoint.App], endpoint)
	}
	e.endpoints.Store(&knownEndpoints{of, version})
	return nil
}

// followEndpoints reads the endpoints and the restoration every endpointsEvery, until ctx
// ends.
func (e *Engine) followEndpoints(ctx context.Context) {
	tick := time.NewTicker(endpointsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := e.loadEndpoints(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("the webhook endpoints cannot be read; those known are used; check the database", "fault", err)
		}
		if err := e.loadRestoration(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("whether the store was restored cannot be read; the last state known is used; check the database", "fault", err)
		}
	}
}

// endpointsFor returns the names of the endpoints that receive an app's events of a type:
// the configured ones, and those of the merchant. current is false when the endpoints that
// this node has read are not of the store's version.
func (e *Engine) endpointsFor(app *App, t bridge.EventType, version int64) (names []string, current bool) {
	known := e.endpoints.Load()
	if known.version != version {
		return nil, false
	}
	names = app.Endpoints
	for i := range known.of[app.Name] {
		if endpoint := &known.of[app.Name][i]; endpoint.Hears(t) {
			names = append(names[:len(names):len(names)], endpoint.ID)
		}
	}
	return names, true
}
