package signing

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"sync"
)

const minHMACSecretSize = 16

var (
	errMismatch   = errors.New("signature does not match")
	errUnknownKey = errors.New("unknown key id")
)

// HMAC signs and verifies with one shared secret, HMAC-SHA256. It is safe for
// concurrent use.
type HMAC struct {
	keyID  string
	states sync.Pool // of *hmacState: the padded key is hashed once, not per message
}

type hmacState struct {
	hash hash.Hash
	sum  [sha256.Size]byte
}

// NewHMAC returns an HMAC with this secret. keyID may be empty where the other side
// knows no key ids.
//
// Faults: Invalid for a secret that is empty, under 16 bytes, or evidently a
// placeholder such as a repeated character or "changeme".
func NewHMAC(keyID string, secret Secret) (*HMAC, error) {
	if weak := weakness(secret, minHMACSecretSize); weak != "" {
		return nil, invalid("signing.NewHMAC", "The HMAC secret "+weak+".", keyCause(keyID))
	}
	return newHMAC(keyID, secret), nil
}

func newHMAC(keyID string, secret Secret) *HMAC {
	key := secret.Reveal()
	h := &HMAC{keyID: keyID}
	h.states.New = func() any { return &hmacState{hash: hmac.New(sha256.New, key)} }
	return h
}

// KeyID returns the id that the key was given.
func (h *HMAC) KeyID() string { return h.keyID }

// Sign returns the 32 bytes of the message's HMAC-SHA256. The error is always nil.
func (h *HMAC) Sign(_ context.Context, message []byte) ([]byte, error) {
	return h.appendSum(make([]byte, 0, sha256.Size), message), nil
}

// Verify checks signature, the raw 32 bytes, in constant time. keyID is that of the key, or
// empty.
//
// Faults: Unauthenticated for a wrong signature and for another keyID.
func (h *HMAC) Verify(_ context.Context, keyID string, message, signature []byte) error {
	const op = "signing.HMAC.Verify"
	if keyID != "" && keyID != h.keyID {
		return refuse(op, errUnknownKey)
	}
	if !h.matches(message, signature) {
		return refuse(op, errMismatch)
	}
	return nil
}

func (h *HMAC) appendSum(dst, message []byte) []byte {
	state := h.compute(message)
	dst = append(dst, state.sum[:]...)
	h.states.Put(state)
	return dst
}

func (h *HMAC) matches(message, signature []byte) bool {
	state := h.compute(message)
	equal := hmac.Equal(state.sum[:], signature)
	h.states.Put(state)
	return equal
}

func (h *HMAC) compute(message []byte) *hmacState {
	state := h.states.Get().(*hmacState)
	state.hash.Reset()
	state.hash.Write(message)
	state.hash.Sum(state.sum[:0])
	return state
}

// HMACVerifier verifies with several shared secrets, for the time in which one replaces
// another. It is safe for concurrent use.
type HMACVerifier struct {
	newest *HMAC
	keys   map[string]*HMAC
}

// NewHMACVerifier returns a verifier with these keys, the newest first.
//
// Faults: Invalid for no keys, and for two keys of one id.
func NewHMACVerifier(newest *HMAC, older ...*HMAC) (*HMACVerifier, error) {
	const op = "signing.NewHMACVerifier"
	v := &HMACVerifier{newest: newest, keys: make(map[string]*HMAC, 1+len(older))}
	for _, key := range append([]*HMAC{newest}, older...) {
		if key == nil {
			return nil, invalid(op, "There is no HMAC key.", nil)
		}
		if _, taken := v.keys[key.keyID]; taken {
			return nil, invalid(op, "Two HMAC keys have the same id.", keyCause(key.keyID))
		}
		v.keys[key.keyID] = key
	}
	return v, nil
}

// Verify checks signature, the raw 32 bytes, with the key called keyID. An empty
// keyID means the newest key, and only that one.
//
// Faults: Unauthenticated.
func (v *HMACVerifier) Verify(_ context.Context, keyID string, message, signature []byte) error {
	const op = "signing.HMACVerifier.Verify"
	key := v.newest
	if keyID != "" {
		key = v.keys[keyID]
	}
	if key == nil {
		return refuse(op, errUnknownKey)
	}
	if !key.matches(message, signature) {
		return refuse(op, errMismatch)
	}
	return nil
}

// keyCause returns an error that names a key in the log.
func keyCause(keyID string) error {
	return fmt.Errorf("key %q", keyID)
}
