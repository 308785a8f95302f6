package merchant

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// MostEndpoints is how many endpoints a merchant may have: each event is a message to each
// of them.
const MostEndpoints = 20

// createEndpoint creates an endpoint and answers with its secret.
//
// Faults: Invalid; Conflict when there are too many; KeyReused.
func (a *API) createEndpoint(c *gin.Context, r *request) error {
	var body endpointBody
	raw, err := problem.Decode(c.Writer, c.Request, &body)
	if err == nil {
		err = body.check(a)
	}
	if err != nil {
		return err
	}
	now := a.instant()
	e, secret := NewEndpoint(a.sealer, r.app, now)
	e.URL, e.Description, e.Events = body.URL, body.Description, body.Events
	claim := r.claim(raw, now)
	if claim.Answer, err = a.sealed(r, http.StatusCreated, withSecret(&e, secret)); err != nil {
		return err
	}
	var held bridge.Claim
	err = a.act(c, r, action{operator.Endpoints, e.ID, "created: " + e.URL}, func() (how string, err error) {
		held, err = a.addEndpoint(c.Request.Context(), e, claim)
		return settled(claim, &held, err)
	})
	if err != nil {
		return err
	}
	a.endpointChanged("webhook endpoint created", r, e.ID)
	return a.sendSealed(c, r, claim, &held)
}

// NewEndpoint returns an endpoint with an id, and with a new secret that is sealed in it.
func NewEndpoint(sealer Sealer, app string, now time.Time) (store.Endpoint, signing.Secret) {
	e := store.Endpoint{ID: "whe_" + rand.Text(), App: app, CreatedAt: now}
	sealed, secret := NewEndpointSecret(sealer, e.ID)
	e.Secret = sealed
	return e, secret
}

// NewEndpointSecret returns a new secret of an endpoint, sealed for the store and as it is.
func NewEndpointSecret(sealer Sealer, id string) (sealed string, secret signing.Secret) {
	secret = webhook.GenerateSecret()
	return sealer.Seal(secret.Reveal(), webhook.SecretContext(id)), secret
}

// endpointChanged makes the engine reload the endpoints, and logs the actor: an endpoint
// receives all orders of the app.
func (a *API) endpointChanged(what string, r *request, id string) {
	a.log.Info(what, "endpoint", id, "app", r.app, "by", r.by())
	a.engine.EndpointsChanged()
}

// addEndpoint stores an endpoint unless the app has MostEndpoints. A repeat of the request
// that created one of them still gets its answer.
//
// Faults: Conflict.
func (a *API) addEndpoint(ctx context.Context, e store.Endpoint, claim *bridge.Claim) (bridge.Claim, error) {
	own, err := a.ownEndpoints(ctx, e.App)
	if err != nil {
		return bridge.Claim{}, err
	}
	if len(own) < MostEndpoints {
		return a.store.AddEndpoint(ctx, e, claim)
	}
	// An update that changes nothing does not claim the key, and returns an earlier claim.
	_, held, err := a.store.UpdateEndpoint(ctx, e.App, own[0].ID, claim, func(*store.Endpoint) error {
		return fault.New(fault.Conflict, "merchant.createEndpoint", fmt.Sprintf("There are %d webhook endpoints already.", MostEndpoints))
	})
	return held, err
}

// changeEndpoint changes the members of the body.
//
// Faults: NotFound; Invalid; Conflict for an endpoint of the configuration.
func (a *API) changeEndpoint(c *gin.Context, r *request) error {
	var patch endpointPatch
	_, err := problem.Decode(c.Writer, c.Request, &patch)
	if err == nil {
		err = patch.check(a)
	}
	if err == nil {
		err = a.changeable(r)
	}
	if err != nil {
		return err
	}
	var e store.Endpoint
	err = a.act(c, r, action{operator.Endpoints, r.id, "changed"}, func() (_ string, err error) {
		e, _, err = a.store.UpdateEndpoint(c.Request.Context(), r.app, r.id, nil, func(e *store.Endpoint) error {
			patch.apply(e)
			return nil
		})
		return "", err
	})
	if err != nil {
		return endpointFault(err)
	}
	a.endpointChanged("webhook endpoint changed", r, e.ID)
	return web.Send(c, http.StatusOK, viewEndpoint(&e))
}

// removeEndpoint deletes an endpoint.
//
// Faults: NotFound; Conflict for an endpoint of the configuration.
func (a *API) removeEndpoint(c *gin.Context, r *request) error {
	if err := a.changeable(r); err != nil {
		return err
	}
	err := a.act(c, r, action{operator.Endpoints, r.id, "removed"}, func() (string, error) {
		return "", a.store.RemoveEndpoint(c.Request.Context(), r.app, r.id)
	})
	if err != nil {
		return endpointFault(err)
	}
	a.endpointChanged("webhook endpoint removed", r, r.id)
	web.Write(c.Writer, bridge.Answer{Status: http.StatusNoContent})
	return nil
}

type rotateBody struct {
	OverlapHours *int64 `json:"overlapHours" validate:"omitempty,min=0,max=168"`
}

// overlap is how long the old secret signs too.
func (b *rotateBody) overlap() time.Duration {
	const usual = 24
	if b.OverlapHours == nil {
		return usual * time.Hour
	}
	return time.Duration(*b.OverlapHours) * time.Hour
}

// rotateSecret replaces the secret of an endpoint and answers with the new one.
//
// Faults: NotFound; Invalid; Conflict for an endpoint of the configuration; KeyReused.
func (a *API) rotateSecret(c *gin.Context, r *request) error {
	var body rotateBody
	raw, err := problem.DecodeOptional(c.Writer, c.Request, &body)
	if err == nil {
		err = a.changeable(r)
	}
	if err != nil {
		return err
	}
	now := a.instant()
	fresh, secret := NewEndpointSecret(a.sealer, r.id)
	claim := r.claim(raw, now)
	var held bridge.Claim
	err = a.act(c, r, action{operator.Endpoints, r.id, "secret rotated"}, func() (how string, err error) {
		_, held, err = a.store.UpdateEndpoint(c.Request.Context(), r.app, r.id, claim, func(e *store.Endpoint) (err error) {
			RotateSecret(e, fresh, now, body.overlap())
			claim.Answer, err = a.sealed(r, http.StatusOK, withSecret(e, secret))
			return err
		})
		return settled(claim, &held, err)
	})
	if err != nil {
		return endpointFault(err)
	}
	a.endpointChanged("webhook secret rotated", r, r.id)
	return a.sendSealed(c, r, claim, &held)
}

// RotateSecret replaces the secret by a sealed one, and keeps the old one for the overlap.
func RotateSecret(e *store.Endpoint, fresh string, now time.Time, overlap time.Duration) {
	e.Previous, e.PreviousUntil = "", time.Time{}
	if overlap > 0 {
		e.Previous, e.PreviousUntil = e.Secret, now.Add(overlap)
	}
	e.Secret = fresh
}

// changeable checks that an endpoint is not of the configuration.
//
// Faults: Conflict.
func (a *API) changeable(r *request) error {
	for _, v := range a.configuredEndpoints(r.app) {
		if v.ID == r.id {
			return fault.New(fault.Conflict, "merchant.endpoint", "This endpoint is in the server's configuration and changes there.")
		}
	}
	return nil
}

func endpointFault(err error) error { return web.AsNotFound("webhook endpoint", err) }
