package app

import (
	"maps"
	"net/url"
	"slices"

	"github.com/minitill/minitill/bridge/quote"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/signing"
)

// endpointName is the name of an app's configured endpoint in the outbox.
const endpointName = "webhook"

// endpoint returns the webhook endpoint of an app.
func (c *backendConfig) endpoint(app string) (webhook.Endpoint, error) {
	keys, err := c.keys()
	return webhook.Endpoint{App: app, Name: endpointName, URL: c.URL, Private: c.Private, Keys: keys}, err
}

// keys returns the keys that sign requests to the backend, the newest first.
func (c *backendConfig) keys() (keys []webhook.Key, err error) {
	for _, secret := range []signing.Secret{c.Secret, c.Previous} {
		if secret.IsZero() {
			continue
		}
		key, err := webhook.ParseKey(secret)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// checkBackend checks a URL of an app's backend, or of the operator's, and its secrets.
func (d *decoder) checkBackend(path string, c *backendConfig) {
	if c.URL == "" {
		if !c.Secret.IsZero() {
			d.found.add(child(path, "url"), "is required where there is a secret")
		}
		return
	}
	if u, err := url.Parse(c.URL); err == nil && u.Scheme != "https" && !c.Private {
		d.found.add(child(path, "url"), "must be https, unless private is true")
	}
	if c.Secret.IsZero() {
		d.found.add(child(path, "secretFile"), "is required; or write secret: ${NAME} for a variable of the environment")
	}
	for name, secret := range map[string]signing.Secret{"secret": c.Secret, "previousSecret": c.Previous} {
		if _, err := webhook.ParseKey(secret); err != nil && !secret.IsZero() {
			d.found.add(d.spelled(child(path, name)), "%s", reason(err))
		}
	}
}

// asker returns the pricer of an app's server.
func (c *backendConfig) asker() (*quote.Asker, error) {
	keys, err := c.keys()
	return quote.New(quote.Config{URL: c.URL, Keys: keys, HTTP: webhook.Client(c.Private)}), err
}

// configured returns the endpoints of the configuration file.
func (c *config) configured() (endpoints []webhook.Endpoint, err error) {
	for _, name := range slices.Sorted(maps.Keys(c.Apps)) {
		app := c.Apps[name]
		if app.Webhook.URL == "" {
			continue
		}
		e, err := app.Webhook.endpoint(name)
		if err != nil {
			return nil, err
		}
		endpoints = append(endpoints, e)
	}
	return endpoints, nil
}

// addDeliverer adds the webhook dispatcher, for the configured endpoints and those that
// merchants create.
func (n *node) addDeliverer(o options, store database, sealer *signing.Sealer) (*webhook.Deliverer, error) {
	endpoints, err := o.config.configured()
	if err != nil {
		return nil, err
	}
	registrar := webhook.NewRegistrar(webhook.RegistrarConfig{
		Registry: store, Sealer: sealer, Private: o.config.Server.PrivateWebhooks, Log: n.log, Now: n.clock.Now,
	})
	config := webhook.Config{
		Outbox: store, Static: endpoints, Endpoints: registrar.Endpoints, Health: registrar, Log: n.log, Now: n.clock.Now,
	}
	if n.metrics != nil {
		config.Observe = n.metrics.Attempted
	}
	if n.tracer != nil {
		config.Trace = n.tracer.Attempt
	}
	d, err := webhook.New(config)
	if err == nil {
		n.loops = append(n.loops, d.Run)
	}
	return d, err
}
