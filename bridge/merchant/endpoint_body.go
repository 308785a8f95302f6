package merchant

import (
	"slices"
	"strconv"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

type endpointBody struct {
	URL         string             `json:"url" validate:"required,max=2048"`
	Description string             `json:"description" validate:"max=256"`
	Events      []bridge.EventType `json:"events" validate:"max=32"`
}

func (b *endpointBody) check(a *API) error {
	return CheckEndpoint(a.checkURL, b.URL, b.Description, b.Events)
}

// CheckEndpoint reports what is wrong with an endpoint that a person or a program describes.
// checkURL is Config.CheckEndpointURL.
//
// Faults: Invalid.
func CheckEndpoint(checkURL func(string) error, url, description string, events []bridge.EventType) error {
	var found fault.Fields
	checkAddress(checkURL, url, &found)
	checkText("description", description, &found)
	checkEvents(events, &found)
	return found.Invalid("merchant")
}

// endpointPatch has the members to change; nil leaves one.
type endpointPatch struct {
	URL         *string             `json:"url" validate:"omitempty,max=2048"`
	Description *string             `json:"description" validate:"omitempty,max=256"`
	Events      *[]bridge.EventType `json:"events" validate:"omitempty,max=32"`
	Disabled    *bool               `json:"disabled"`
}

func (p *endpointPatch) check(a *API) error {
	var found fault.Fields
	if p.URL != nil {
		checkAddress(a.checkURL, *p.URL, &found)
	}
	if p.Description != nil {
		checkText("description", *p.Description, &found)
	}
	if p.Events != nil {
		checkEvents(*p.Events, &found)
	}
	return found.Invalid("merchant")
}

// apply changes an endpoint. A new URL, and enabling it again, clear FailingSince, or the
// next failure would disable it.
func (p *endpointPatch) apply(e *store.Endpoint) {
	if p.URL != nil && *p.URL != e.URL {
		e.URL, e.FailingSince = *p.URL, time.Time{}
	}
	if p.Description != nil {
		e.Description = *p.Description
	}
	if p.Events != nil {
		e.Events = *p.Events
	}
	if p.Disabled != nil {
		SetDisabled(e, *p.Disabled)
	}
}

// SetDisabled disables an endpoint, or enables it again.
func SetDisabled(e *store.Endpoint, disabled bool) {
	if disabled != e.Disabled {
		e.Disabled, e.DisabledReason, e.FailingSince = disabled, "", time.Time{}
	}
}

func checkAddress(checkURL func(string) error, url string, found *fault.Fields) {
	if !web.IsText(url) {
		found.Add("url", "must have no control characters")
		return
	}
	if err := checkURL(url); err != nil {
		found.Add("url", reason(err))
	}
}

// reason is the flaw of an address, fit to show to the merchant.
func reason(err error) string {
	f := fault.Of(err)
	switch {
	case len(f.Fields) > 0:
		return f.Fields[0].Detail
	case f.Detail != "":
		return f.Detail
	}
	return err.Error()
}

func checkEvents(events []bridge.EventType, found *fault.Fields) {
	for i, t := range events {
		name := "events[" + strconv.Itoa(i) + "]"
		switch {
		case !slices.Contains(bridge.WebhookEvents, t):
			found.Add(name, "is not an event that webhooks tell of")
		case slices.Contains(events[:i], t):
			found.Add(name, "is there twice")
		}
	}
}
