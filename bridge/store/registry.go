package store

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
)

// Endpoints is the part of a store that keeps webhook endpoints.
type Endpoints interface {
	// Endpoints returns the webhook endpoints of all apps, in the order of creation, and
	// their version, which every change of an endpoint increments; see Change.Endpoints.
	Endpoints(ctx context.Context) ([]Endpoint, int64, error)

	// AddEndpoint stores a new endpoint together with the claim, which may be nil. When the
	// claim's key is claimed already, nothing is stored and the older claim returned.
	AddEndpoint(ctx context.Context, e Endpoint, claim *bridge.Claim) (bridge.Claim, error)

	// UpdateEndpoint gives change the endpoint and stores what it leaves behind. Concurrent
	// updates of one endpoint run one after the other. change may fill in the claim's
	// answer; the claim is treated as by AddEndpoint. An error from change rolls back and is
	// returned as it is.
	//
	// Faults: NotFound when the app has no such endpoint.
	UpdateEndpoint(ctx context.Context, app, id string, claim *bridge.Claim, change func(*Endpoint) error) (Endpoint, bridge.Claim, error)

	// RemoveEndpoint deletes an endpoint; its undelivered messages become dead.
	//
	// Faults: NotFound.
	RemoveEndpoint(ctx context.Context, app, id string) error
}

// APIKeys is the part of a store that keeps the keys of the merchant API.
type APIKeys interface {
	// AddAPIKey stores a new key.
	AddAPIKey(ctx context.Context, k APIKey) error

	// APIKey returns the key with that digest, revoked or not.
	//
	// Faults: NotFound.
	APIKey(ctx context.Context, digest [32]byte) (APIKey, error)

	// APIKeys returns an app's keys, or those of all apps, in the order of creation.
	APIKeys(ctx context.Context, app string) ([]APIKey, error)

	// RevokeAPIKey revokes a key and stores who did it. Revoking it again changes nothing.
	//
	// Faults: NotFound.
	RevokeAPIKey(ctx context.Context, id, by string, at time.Time) error

	// UseAPIKey stores when a key was last used. It writes at most once in KeyUsePeriod,
	// however many nodes call it: a time that is not that much later changes nothing.
	UseAPIKey(ctx context.Context, id string, at time.Time) error
}

// KeyUsePeriod is the precision with which a store records the last use of an API key.
const KeyUsePeriod = time.Minute

// Endpoint is a webhook endpoint of a merchant's backend.
type Endpoint struct {
	ID          string // whe_…
	App         string
	URL         string
	Description string
	Events      []bridge.EventType // the types it receives; none: all
	// Secret and Previous are sealed: the store cannot sign with them. Previous signs
	// beside Secret until PreviousUntil.
	Secret, Previous string
	PreviousUntil    time.Time
	Disabled         bool
	DisabledReason   string    // why, when it was not the merchant
	FailingSince     time.Time // zero while it accepts deliveries
	CreatedAt        time.Time
}

// EndpointKey identifies an endpoint.
type EndpointKey struct{ App, Endpoint string }

// Hears reports whether the endpoint receives events of that type.
func (e *Endpoint) Hears(t bridge.EventType) bool {
	if e.Disabled {
		return false
	}
	for _, wanted := range e.Events {
		if wanted == t {
			return true
		}
	}
	return len(e.Events) == 0
}

// APIKey authenticates a merchant's backend. The key itself is shown once and not stored.
type APIKey struct {
	ID        string // key_…
	App       string
	Name      string   // for people
	Digest    [32]byte // SHA-256 of the key
	Scopes    []Scope
	Networks  []netip.Prefix // the addresses it is accepted from; none: from everywhere
	CreatedBy string         // the operator; empty for keys of older versions
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	UsedAt    time.Time // the last use, by KeyUsePeriod; zero: never used
	RevokedBy string
	RevokedAt time.Time // zero unless it was revoked
}

// Expired reports whether the key has expired.
func (k *APIKey) Expired(now time.Time) bool {
	return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt)
}

// AcceptedFrom reports whether the key may be used from an address. An unknown address is
// accepted only where the key is not bound to networks.
func (k *APIKey) AcceptedFrom(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	within := func(n netip.Prefix) bool { return n.Contains(address) }
	return len(k.Networks) == 0 || slices.ContainsFunc(k.Networks, within)
}

// Scope is a set of requests that a key may make.
type Scope string

// The scopes. ScopeApprovals is for refunds that others have requested, and ScopeAdmin for
// webhook endpoints and their deliveries.
const (
	ScopeRead      Scope = "read"
	ScopeOrders    Scope = "orders"
	ScopeRefunds   Scope = "refunds"
	ScopeApprovals Scope = "approvals"
	ScopeAdmin     Scope = "admin"
)

// Scopes lists all scopes.
var Scopes = []Scope{ScopeRead, ScopeOrders, ScopeRefunds, ScopeApprovals, ScopeAdmin}
