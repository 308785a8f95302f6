package merchant

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

// scopes are those of which a route requires one.
type scopes []store.Scope

func (s scopes) openTo(k *store.APIKey) bool {
	return slices.ContainsFunc(s, func(scope store.Scope) bool { return slices.Contains(k.Scopes, scope) })
}

// String lists them for a message: "read or admin".
func (s scopes) String() string {
	names := make([]string, len(s))
	for i, scope := range s {
		names[i] = string(scope)
	}
	return strings.Join(names, " or ")
}

// authenticate returns a request's key, which must have one of the scopes. address is the
// caller's.
//
// Faults: Unauthenticated, with the same text for an unknown and a revoked key; Forbidden.
func (a *API) authenticate(r *http.Request, address string, needed scopes) (store.APIKey, error) {
	const op = "merchant.authenticate"
	key, err := a.keyOf(r)
	switch {
	case err != nil:
		return store.APIKey{}, err
	case !acceptedFrom(&key, address):
		a.log.Warn("an API key was used from an address that it is not accepted from", "key", key.ID, "app", key.App, "address", address)
		return store.APIKey{}, fault.New(fault.Forbidden, op, "The key is not accepted from this address.")
	case !needed.openTo(&key):
		return store.APIKey{}, fault.New(fault.Forbidden, op, "The key lacks the scope "+needed.String()+".")
	}
	a.uses.note(key.ID, a.now())
	return key, nil
}

// keyOf is the valid API key of a request.
//
// Faults: Unauthenticated; those of the store.
func (a *API) keyOf(r *http.Request) (store.APIKey, error) {
	text, err := bearer(r)
	if err != nil {
		return store.APIKey{}, err
	}
	digest, ok := KeyDigest(text)
	if !ok {
		return store.APIKey{}, badKey(nil)
	}
	key, err := a.store.APIKey(r.Context(), digest)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return store.APIKey{}, badKey(err)
	case err != nil:
		return store.APIKey{}, err
	case !key.RevokedAt.IsZero():
		return store.APIKey{}, badKey(nil)
	case key.Expired(a.now()):
		return store.APIKey{}, unauthenticated("The API key has expired.", nil)
	}
	return key, nil
}

// acceptedFrom reports whether a key may be used from an address. An address that cannot be
// parsed is in no network.
func acceptedFrom(k *store.APIKey, address string) bool {
	ip, _ := netip.ParseAddr(address)
	return k.AcceptedFrom(ip)
}

// Admits checks that a request has a valid key of an app, with any scope.
//
// Faults: Unauthenticated; Forbidden; those of the store.
func (a *API) Admits(r *http.Request, address, app string) error {
	key, err := a.keyOf(r)
	switch {
	case err != nil:
		return err
	case key.App != app || !acceptedFrom(&key, address):
		return fault.New(fault.Forbidden, "merchant.Admits", "A key of the app "+app+" is required.")
	}
	a.uses.note(key.ID, a.now())
	return nil
}

// bearer is the API key in the Authorization header.
func bearer(r *http.Request) (string, error) { return web.Bearer(r, "An API key") }

func badKey(cause error) error { return unauthenticated("The API key is not valid.", cause) }

func unauthenticated(detail string, cause error) error {
	return &fault.Error{Kind: fault.Unauthenticated, Op: "merchant.authenticate", Detail: detail, Err: cause}
}
