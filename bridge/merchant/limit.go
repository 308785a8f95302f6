package merchant

import (
	"net/http"
	"sync"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// admit authenticates a request within two limits: requests by key, and invalid keys by
// address. An address with too many invalid keys is refused without a read of the store,
// except with a key that was valid before: a merchant may share its address with an
// attacker.
//
// Faults: those of authenticate; RateLimited.
func (a *API) admit(r *http.Request, address string, needed scopes) (store.APIKey, error) {
	text, err := bearer(r)
	if err != nil {
		return store.APIKey{}, err
	}
	from := limit.KeyOf(r)
	if digest, ok := KeyDigest(text); !ok || !a.valid.has(digest) {
		if err := a.gate.Blocked(limit.BadKey, from); err != nil {
			return store.APIKey{}, err
		}
	}
	key, err := a.authenticate(r, address, needed)
	switch {
	case fault.KindOf(err) == fault.Unauthenticated:
		a.gate.Failed(r.Context(), limit.BadKey, from)
		return key, err
	case err != nil:
		return key, err
	}
	a.valid.add(key.Digest)
	return key, a.gate.Take(r.Context(), limit.API, key.ID)
}

// mostValid bounds how many keys validKeys holds.
const mostValid = 10_000

// validKeys holds the digests of keys that were valid at their last use. They authenticate
// nothing; see admit.
type validKeys struct {
	mu   sync.Mutex
	seen map[[32]byte]struct{}
}

func (v *validKeys) has(digest [32]byte) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, there := v.seen[digest]
	return there
}

func (v *validKeys) add(digest [32]byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen == nil || len(v.seen) >= mostValid {
		v.seen = map[[32]byte]struct{}{}
	}
	v.seen[digest] = struct{}{}
}
