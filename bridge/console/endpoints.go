package console

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

// endpointsPage is the webhook endpoints of an app, as an administrator changes them.
type endpointsPage struct {
	Endpoints []endpointLine
	Events    []bridge.EventType
	Key       string // of the forms
	New       string // a secret that was just made: it is shown once
	For       string // the endpoint of New
	URL       string // of the form, when it is shown again
	About     string
}

func (p *page) endpointsPage() (*endpointsPage, error) {
	list, err := p.endpointLines(p.r.Context())
	return &endpointsPage{Endpoints: list, Events: bridge.WebhookEvents, Key: newKey()}, err
}

func showEndpoints(p *page) error {
	v, err := p.endpointsPage()
	if err != nil {
		return err
	}
	return p.show(http.StatusOK, "endpoints", "Webhook endpoints", v)
}

// createEndpoint creates an endpoint and shows its secret once. A form that is sent twice
// creates one.
//
// Faults: Conflict when there are too many; those of the store.
func createEndpoint(p *page) error {
	v, err := p.endpointsPage()
	if err != nil {
		return err
	}
	e, err := p.endpointForm(v)
	if err != nil {
		return p.refused(err, "endpoints", "Webhook endpoints", v)
	}
	if p.sealer == nil {
		return errNoSealer()
	}
	made, secret := merchant.NewEndpoint(p.sealer, p.app.Name, p.instant())
	made.URL, made.Description, made.Events = e.URL, e.Description, e.Events
	claim := p.endpointClaim("create", made.ID)
	err = p.act(action{operator.Endpoints, p.app.Name, made.ID, "created: " + made.URL}, func(ctx context.Context) error {
		held, err := p.store.AddEndpoint(ctx, made, claim)
		return firstOf(claim, &held, err)
	})
	return p.secretShown(err, made.ID, string(secret.Reveal()))
}

// endpointForm is the endpoint that a form describes.
//
// Faults: Invalid; Conflict.
func (p *page) endpointForm(v *endpointsPage) (e store.Endpoint, err error) {
	v.URL, v.About = p.r.PostFormValue("url"), p.r.PostFormValue("description")
	e.URL, e.Description = v.URL, v.About
	for _, t := range bridge.WebhookEvents {
		if slices.Contains(p.r.PostForm["event"], string(t)) {
			e.Events = append(e.Events, t)
		}
	}
	if len(e.URL) > 2048 || len(e.Description) > 256 {
		return e, invalid("url", "or the description is too long")
	}
	own := slices.DeleteFunc(slices.Clone(v.Endpoints), func(l endpointLine) bool { return l.Configured })
	if len(own) >= merchant.MostEndpoints {
		return e, fault.New(fault.Conflict, "console.createEndpoint", fmt.Sprintf("There are %d webhook endpoints already.", merchant.MostEndpoints))
	}
	return e, merchant.CheckEndpoint(p.checkURL, e.URL, e.Description, e.Events)
}

// mostOverlap is for how many hours an old secret may sign beside the new one.
const mostOverlap = 168

// rotateEndpoint replaces the secret of an endpoint and shows the new one once.
//
// Faults: Invalid; NotFound; Conflict for an endpoint of the configuration.
func rotateEndpoint(p *page) error {
	hours, err := strconv.Atoi(p.r.PostFormValue("hours"))
	if err != nil || hours < 0 || hours > mostOverlap {
		return invalid("hours", "must be 0 to "+strconv.Itoa(mostOverlap))
	}
	if p.sealer == nil {
		return errNoSealer()
	}
	id, now := p.r.PathValue("id"), p.instant()
	sealed, secret := merchant.NewEndpointSecret(p.sealer, id)
	claim := p.endpointClaim("rotate", sealed)
	err = p.changeEndpoint("secret rotated", claim, func(e *store.Endpoint) {
		merchant.RotateSecret(e, sealed, now, time.Duration(hours)*time.Hour)
	})
	return p.secretShown(err, id, string(secret.Reveal()))
}

// disableEndpoint disables an endpoint, or enables it again.
//
// Faults: Invalid; NotFound; Conflict for an endpoint of the configuration.
func disableEndpoint(p *page) error {
	disabled := p.r.PostFormValue("disabled") != ""
	what := "enabled"
	if disabled {
		what = "disabled"
	}
	err := p.changeEndpoint(what, nil, func(e *store.Endpoint) { merchant.SetDisabled(e, disabled) })
	if err != nil {
		return err
	}
	return p.seeOther(p.url("endpoints", "done", "endpoint-"+what))
}

// changeEndpoint changes the endpoint that the path names, for a reason.
func (p *page) changeEndpoint(what string, claim *bridge.Claim, change func(*store.Endpoint)) error {
	reason, err := p.reason(maxReason)
	if err != nil {
		return err
	}
	id := p.r.PathValue("id")
	if served, err := p.engine.App(p.app.Name); err == nil && slices.Contains(served.Endpoints, id) {
		return fault.New(fault.Conflict, "console.changeEndpoint", "This endpoint is in the server's configuration and changes there.")
	}
	return p.act(action{operator.Endpoints, p.app.Name, id, what + ": " + reason}, func(ctx context.Context) error {
		_, held, err := p.store.UpdateEndpoint(ctx, p.app.Name, id, claim, func(e *store.Endpoint) error {
			change(e)
			return nil
		})
		if claim != nil {
			err = firstOf(claim, &held, err)
		}
		if err == nil {
			p.engine.EndpointsChanged()
		}
		return web.AsNotFound("webhook endpoint", err)
	})
}

// secretShown shows a secret that was just stored. The page is not stored anywhere.
func (p *page) secretShown(err error, id, secret string) error {
	if err != nil {
		return err
	}
	p.engine.EndpointsChanged()
	v, err := p.endpointsPage()
	if err != nil {
		return err
	}
	v.New, v.For = secret, id
	return p.show(http.StatusCreated, "endpoints", "Webhook endpoints", v)
}

// endpointClaim lets a form be applied once. mark differs for each try.
func (p *page) endpointClaim(what, mark string) *bridge.Claim {
	return &bridge.Claim{
		Scope: "console/" + p.app.Name, Key: "endpoint/" + what + "/" + p.r.PostFormValue("key"), Digest: sha256.Sum256([]byte(mark)),
		CreatedAt: p.instant(), Answer: &bridge.Answer{Status: http.StatusOK},
	}
}

// firstOf refuses a form that was applied before: its secret was shown then.
//
// Faults: Conflict.
func firstOf(claim, held *bridge.Claim, err error) error {
	if err == nil && held.Digest != claim.Digest {
		return fault.New(fault.Conflict, "console.endpoint", "This form was applied already, and its secret was shown then. Rotate the secret if it is lost.")
	}
	return err
}

// instant is the current time at the precision of the store.
func (c *Console) instant() time.Time { return c.now().UTC().Truncate(time.Millisecond) }

func errNoSealer() error {
	return fault.New(fault.Unsupported, "console.endpoint", "This server keeps no secrets of endpoints.")
}
