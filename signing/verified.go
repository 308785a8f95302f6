package signing

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxVerified bounds each of the two generations of verified tokens: some 300 bytes a token.
const maxVerified = 4096

// verifiedSessions caches the content of session tokens that were verified, so that a client
// that sends the same token with every request costs one verification. A token is found by
// its SHA-256: what is cached is of no use to a reader of the memory who has no token.
// Whether it has expired is checked at each use, and revocation, which is of the session and
// not of its token, by the caller. The keys of Tokens never change.
type verifiedSessions struct {
	mu       sync.Mutex
	new, old map[[sha256.Size]byte]verifiedSession // a token that is used moves to new
}

type verifiedSession struct {
	Session
	at time.Time // when it was verified
}

// get returns the content of a token that was verified before now and has not expired.
func (v *verifiedSessions) get(token string, now time.Time) (Session, bool) {
	key := sha256.Sum256([]byte(token))
	v.mu.Lock()
	defer v.mu.Unlock()
	s, ok := v.new[key]
	if !ok {
		if s, ok = v.old[key]; !ok {
			return Session{}, false
		}
		v.put(key, s)
	}
	if now.Before(s.at) || !now.Before(s.ExpiresAt.Add(tokenLeeway)) {
		return Session{}, false
	}
	return s.Session, true
}

// add caches the content of a token that was verified at now.
func (v *verifiedSessions) add(token string, s Session, now time.Time) {
	key := sha256.Sum256([]byte(token))
	v.mu.Lock()
	defer v.mu.Unlock()
	v.put(key, verifiedSession{s, now})
}

// put starts a new generation when the present one is full: what was not used during a
// whole generation is forgotten.
func (v *verifiedSessions) put(key [sha256.Size]byte, s verifiedSession) {
	if v.new == nil || len(v.new) >= maxVerified {
		v.new, v.old = make(map[[sha256.Size]byte]verifiedSession), v.new
	}
	v.new[key] = s
}
