package merchant

import (
	"net/http"
	"slices"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// scopes are what a route asks for: any of them lets a key in.
type scopes []bridge.Scope

func (s scopes) openTo(k *bridge.APIKey) bool {
	return slices.ContainsFunc(s, func(scope bridge.Scope) bool { return slices.Contains(k.Scopes, scope) })
}

// String is for people: "read or admin".
func (s scopes) String() string {
	names := make([]string, len(s))
	for i, scope := range s {
		names[i] = string(scope)
	}
	return strings.Join(names, " or ")
}

// authenticate returns a request's key, which must have one of the scopes.
//
// Faults: Unauthenticated, which reads the same for a key that never was and one that
// was revoked; Forbidden.
func (a *API) authenticate(r *http.Request, needed scopes) (bridge.APIKey, error) {
	text, err := bearer(r)
	if err != nil {
		return bridge.APIKey{}, err
	}
	digest, ok := KeyDigest(text)
	if !ok {
		return bridge.APIKey{}, badKey(nil)
	}
	key, err := a.engine.Registry().APIKey(r.Context(), digest)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return bridge.APIKey{}, badKey(err)
	case err != nil:
		return bridge.APIKey{}, err
	case !key.RevokedAt.IsZero():
		return bridge.APIKey{}, badKey(nil)
	case !needed.openTo(&key):
		return bridge.APIKey{}, fault.New(fault.Forbidden, "merchant.authenticate", "The key lacks the scope "+needed.String()+".")
	}
	return key, nil
}

// bearer is the key in the Authorization header.
func bearer(r *http.Request) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", unauthenticated("An API key is required.", nil)
	}
	scheme, key, found := strings.Cut(values[0], " ")
	if len(values) > 1 || !found || !strings.EqualFold(scheme, "Bearer") {
		return "", unauthenticated("The Authorization header must be: Bearer <key>.", nil)
	}
	return strings.TrimSpace(key), nil
}

func badKey(cause error) error { return unauthenticated("The API key is not valid.", cause) }

func unauthenticated(detail string, cause error) error {
	return &fault.Error{Kind: fault.Unauthenticated, Op: "merchant.authenticate", Detail: detail, Err: cause}
}
