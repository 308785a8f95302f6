package bridge

import (
	"context"
	"time"
)

// endpointsEvery is how often a node sees what endpoints others have made. Until then
// a new endpoint does not hear of what happens on this node.
const endpointsEvery = 2 * time.Second

// Archive is where orders, refunds, events and deliveries are looked up.
func (e *Engine) Archive() Archive { return e.store }

// Registry is where webhook endpoints and API keys are kept.
func (e *Engine) Registry() Registry { return e.store }

// EndpointsChanged reads the webhook endpoints again, so that this node's orders are
// told to a new one at once.
func (e *Engine) EndpointsChanged() {
	ctx, cancel := context.WithTimeout(context.Background(), endpointsEvery)
	defer cancel()
	if err := e.loadEndpoints(ctx); err != nil {
		e.log.Error("the webhook endpoints cannot be read", "fault", err)
	}
}

// MessageReplayed says that a message of an app is due again.
func (e *Engine) MessageReplayed(app string) { e.alarm(app) }

// loadEndpoints notes which endpoints hear of each app. What is known stays when the
// store is away.
func (e *Engine) loadEndpoints(ctx context.Context) error {
	list, err := e.store.Endpoints(ctx)
	if err != nil {
		return err
	}
	of := make(map[string][]Endpoint)
	for _, endpoint := range list {
		of[endpoint.App] = append(of[endpoint.App], endpoint)
	}
	e.endpoints.Store(&of)
	return nil
}

// followEndpoints reads the endpoints now and then, until ctx ends.
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
			e.log.Error("the webhook endpoints cannot be read", "fault", err)
		}
	}
}

// listeners are the names of the endpoints that hear of an app's events of a type: the
// configured ones, and those that the merchant has set up.
func (e *Engine) listeners(app *App, t EventType) []string {
	names := app.Endpoints
	of := e.endpoints.Load()
	if of == nil {
		return names
	}
	for i := range (*of)[app.Name] {
		if endpoint := &(*of)[app.Name][i]; endpoint.Hears(t) {
			names = append(names[:len(names):len(names)], endpoint.ID)
		}
	}
	return names
}
