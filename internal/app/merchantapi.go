package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/export"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// merchantAPI returns the merchant API.
func (n *node) merchantAPI(o options, db database, k keys, d *webhook.Deliverer, limiter limit.Limiter) *merchant.API {
	config := merchant.Config{
		Store: db, Tokens: k.tokens, Sealer: k.sealer, PublicURL: n.public, Configured: o.config.endpointAddresses(), Limiter: limiter, Counter: n.counter, Sessions: n.revocations, Log: n.log, Now: n.clock.Now,
		Exports: func() export.Source { return o.config.whole(db) }, Archive: o.config.Retention.ArchiveAt,
		CheckEndpointURL: o.config.checkEndpointURL,
	}
	if n.tracer != nil {
		config.Authenticated = n.tracer.Trust
	}
	return merchant.New(notifyingEngine{n.engine, d}, config)
}

// checkEndpointURL reports why a webhook endpoint may not have an address.
func (c *config) checkEndpointURL(url string) error {
	return webhook.CheckURL(url, c.Server.PrivateWebhooks)
}

// notifyingEngine is an engine that also informs the webhook dispatcher of changed endpoints.
type notifyingEngine struct {
	*engine.Engine
	deliverer *webhook.Deliverer
}

// EndpointsChanged makes both read the endpoints again.
func (t notifyingEngine) EndpointsChanged() {
	t.Engine.EndpointsChanged()
	t.deliverer.Refresh()
}

// leaveKey writes an API key of the demo app to the data directory, where commands on this
// machine find it. An existing key is kept while it is valid.
func (n *node) leaveKey(ctx context.Context, db store.APIKeys) error {
	path := filepath.Join(n.data, apiKeyFile)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if digest, ok := merchant.KeyDigest(strings.TrimSpace(string(text))); ok {
		k, err := db.APIKey(ctx, digest)
		if fault.KindOf(err) != fault.NotFound && (err != nil || k.RevokedAt.IsZero()) {
			return err
		}
	}
	key, err := newAPIKey(ctx, db, store.APIKey{App: demoApp, Name: "this machine", Scopes: store.Scopes, CreatedBy: "the sandbox"})
	if err != nil {
		return err
	}
	return signing.WriteSecretFile(path, []byte(key+"\n"))
}
