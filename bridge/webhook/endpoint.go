package webhook

import (
	"fmt"
	"time"

	"github.com/minitill/minitill/bridge/store"
)

// Endpoint is one address of a merchant's backend.
type Endpoint struct {
	App  string
	Name string // its id in the outbox
	URL  string // see CheckURL
	Keys []Key  // the newest signs first; two while a secret is rotated
	// Private allows addresses of the own network: loopback, private ranges, http.
	Private bool
	// Disabled leaves its messages where they are.
	Disabled bool
	// FailingSince is since when it has taken nothing of what it was sent; zero while
	// it takes what it is sent.
	FailingSince time.Time
}

func (e *Endpoint) key() store.EndpointKey {
	return store.EndpointKey{App: e.App, Endpoint: e.Name}
}

func (e *Endpoint) check() error {
	if err := CheckURL(e.URL, e.Private); err != nil {
		return fmt.Errorf("webhook endpoint %q of app %q: %w", e.Name, e.App, err)
	}
	if len(e.Keys) == 0 {
		return fmt.Errorf("webhook endpoint %q of app %q has no secret", e.Name, e.App)
	}
	return nil
}
