package webhook

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbox"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// Registry is what a Registrar needs of a store.Endpoints.
type Registry interface {
	Endpoints(ctx context.Context) ([]store.Endpoint, int64, error)
	UpdateEndpoint(ctx context.Context, app, id string, claim *bridge.Claim, change func(*store.Endpoint) error) (store.Endpoint, bridge.Claim, error)
}

// RegistrarConfig is what a Registrar is made of. Registry and Sealer are required.
type RegistrarConfig struct {
	Registry Registry
	Sealer   *signing.Sealer
	// Private lets merchants set up endpoints in the own network: for tests and demos.
	Private bool
	Now     func() time.Time
	Log     *slog.Logger
}

// Registrar reads the endpoints of the store for a Deliverer, and stores their state. Its
// method Endpoints is the Endpoints of a Config, and it is the Health of the same Config.
type Registrar struct {
	registry Registry
	sealer   *signing.Sealer
	private  bool
	now      func() time.Time
	log      *slog.Logger

	mu       sync.Mutex
	reported reported
}

var _ outbox.Health = (*Registrar)(nil)

// NewRegistrar returns a registrar.
func NewRegistrar(config RegistrarConfig) *Registrar {
	r := &Registrar{
		registry: config.Registry, sealer: config.Sealer, private: config.Private,
		now: config.Now, log: config.Log, reported: reported{},
	}
	if r.now == nil {
		r.now = time.Now
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	return r
}

// SecretContext returns the context that the secrets of an endpoint, by its id, are sealed for: copied to
// another endpoint, they do not open there. It is the same for both of its secrets,
// since one becomes the other when they are rotated.
func SecretContext(endpoint string) string { return "webhook-endpoint/" + endpoint }

// Endpoints returns the endpoints of all apps. One whose secret cannot be opened is
// logged once and left out.
func (r *Registrar) Endpoints(ctx context.Context) ([]Endpoint, error) {
	rows, _, err := r.registry.Endpoints(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Endpoint, 0, len(rows))
	for i := range rows {
		e, err := r.open(&rows[i])
		if r.report(e.key(), err); err == nil {
			list = append(list, e)
		}
	}
	return list, nil
}

// open decrypts the secrets of a row: the current one, and the previous one during a
// rotation.
func (r *Registrar) open(row *store.Endpoint) (Endpoint, error) {
	e := Endpoint{
		App: row.App, Name: row.ID, URL: row.URL, Private: r.private,
		Disabled: row.Disabled, FailingSince: row.FailingSince,
	}
	sealed := []string{row.Secret}
	if row.Previous != "" && r.now().Before(row.PreviousUntil) {
		sealed = append(sealed, row.Previous)
	}
	for _, text := range sealed {
		plain, err := r.sealer.Open(text, SecretContext(row.ID))
		if err != nil {
			return e, err
		}
		key, err := ParseKey(signing.NewSecret(string(plain)))
		if err != nil {
			return e, err
		}
		e.Keys = append(e.Keys, key)
	}
	return e, nil
}

func (r *Registrar) report(key store.EndpointKey, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reported.isNew(key, err) {
		r.log.Error("the secret of a webhook endpoint cannot be decrypted; its webhooks wait; put back the keyring that it was encrypted with, or rotate the secret", "app", key.App, "endpoint", key.Endpoint, "fault", err)
	}
}

// errAsItIs cancels an update that would change nothing.
var errAsItIs = errors.New("webhook: nothing to change")

// Failing stores since when an endpoint accepts nothing. An earlier time stays.
func (r *Registrar) Failing(ctx context.Context, key store.EndpointKey, since time.Time) {
	r.update(ctx, key, func(row *store.Endpoint) error {
		if !row.FailingSince.IsZero() {
			return errAsItIs
		}
		row.FailingSince = since
		return nil
	})
}

// Recovered stores that an endpoint accepts messages again.
func (r *Registrar) Recovered(ctx context.Context, key store.EndpointKey) {
	r.update(ctx, key, func(row *store.Endpoint) error {
		if row.FailingSince.IsZero() {
			return errAsItIs
		}
		row.FailingSince = time.Time{}
		return nil
	})
}

// Disable ends the deliveries to an endpoint until its merchant enables it again, unless
// it has accepted a message of another node meanwhile. Enabling it clears FailingSince.
func (r *Registrar) Disable(ctx context.Context, key store.EndpointKey, reason string) {
	disabled := r.update(ctx, key, func(row *store.Endpoint) error {
		if row.Disabled || row.FailingSince.IsZero() {
			return errAsItIs
		}
		row.Disabled, row.DisabledReason = true, reason
		return nil
	})
	if disabled {
		r.log.Warn("webhook endpoint disabled", "app", key.App, "endpoint", key.Endpoint, "reason", reason)
	}
}

// update changes a row and reports whether it did. When the store fails, the next change
// of the endpoint's state tries again. A row that was removed is not an error.
func (r *Registrar) update(ctx context.Context, key store.EndpointKey, change func(*store.Endpoint) error) bool {
	_, _, err := r.registry.UpdateEndpoint(ctx, key.App, key.Endpoint, nil, change)
	if err != nil && !errors.Is(err, errAsItIs) && !errors.Is(err, fault.NotFound) {
		r.log.Error("the state of a webhook endpoint cannot be written; it is called as before; check the database", "app", key.App, "endpoint", key.Endpoint, "fault", err)
	}
	return err == nil
}
