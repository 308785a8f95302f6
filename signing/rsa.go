package signing

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"

	"github.com/minitill/minitill/fault"
)

// The sizes of RSA keys. Below the lower bound a key is breakable; above the upper
// one, a single signature costs more than a request may.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// RSASigner signs with RSASSA-PKCS1-v1_5 over SHA-256, also known as SHA256withRSA.
// Equal messages have equal signatures. It is safe for concurrent use.
type RSASigner struct {
	keyID string
	key   *rsa.PrivateKey
}

// NewRSASigner returns a signer with this key, whose id may be empty where the other
// side knows none. The key must not change afterwards.
//
// Faults: Invalid for a key that is missing, inconsistent, or not between 2048 and
// 8192 bits.
func NewRSASigner(keyID string, key *rsa.PrivateKey) (*RSASigner, error) {
	const op = "signing.NewRSASigner"
	if key == nil {
		return nil, invalid(op, "There is no RSA private key.", keyCause(keyID))
	}
	if flaw := rsaFlaw(&key.PublicKey); flaw != "" {
		return nil, invalid(op, "The RSA private key "+flaw+".", keyCause(keyID))
	}
	if err := key.Validate(); err != nil {
		return nil, invalid(op, "The RSA private key is inconsistent.", err)
	}
	key.Precompute()
	return &RSASigner{keyID: keyID, key: key}, nil
}

// KeyID returns the id that the key was given.
func (s *RSASigner) KeyID() string { return s.keyID }

// PublicKey returns the public half of the key, with which the other side verifies.
func (s *RSASigner) PublicKey() *rsa.PublicKey {
	public := s.key.PublicKey
	return &public
}

// Sign returns the signature, as long as the key's modulus. It takes about a
// millisecond of one core with a key of 2048 bits.
//
// Faults: Internal when the computed signature does not verify.
func (s *RSASigner) Sign(_ context.Context, message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	signature, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, digest[:])
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "signing.RSASigner.Sign", err)
	}
	return signature, nil
}

// RSAVerifier verifies RSASSA-PKCS1-v1_5 over SHA-256 with a set of public keys. It is
// safe for concurrent use.
type RSAVerifier struct {
	keys   map[string]*rsa.PublicKey
	newest *rsa.PublicKey // nil when the newest key is not known
}

// NewRSAVerifier returns a verifier with these keys by id.
//
// Faults: Invalid for no keys, and for one that is missing or not between 2048 and
// 8192 bits.
func NewRSAVerifier(keys map[string]*rsa.PublicKey) (*RSAVerifier, error) {
	const op = "signing.NewRSAVerifier"
	if len(keys) == 0 {
		return nil, invalid(op, "There is no RSA public key.", nil)
	}
	v := &RSAVerifier{keys: make(map[string]*rsa.PublicKey, len(keys))}
	for id, key := range keys {
		if key == nil {
			return nil, invalid(op, "An RSA public key is missing.", keyCause(id))
		}
		if flaw := rsaFlaw(key); flaw != "" {
			return nil, invalid(op, "The RSA public key "+flaw+".", keyCause(id))
		}
		v.keys[id] = key
	}
	v.newest = newest(v.keys)
	return v, nil
}

// Verify checks signature with the key called keyID. An empty keyID means the key of
// that name if there is one, else the newest: the only key, or the greatest when all
// ids are natural numbers. With several ids of another form it is refused.
//
// Faults: Unauthenticated.
func (v *RSAVerifier) Verify(_ context.Context, keyID string, message, signature []byte) error {
	const op = "signing.RSAVerifier.Verify"
	key := v.keys[keyID]
	if key == nil && keyID == "" {
		key = v.newest
	}
	if key == nil {
		return refuse(op, errUnknownKey)
	}
	digest := sha256.Sum256(message)
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature); err != nil {
		return refuse(op, errors.Join(errMismatch, err))
	}
	return nil
}

// newest is the key for signatures that name none: the only one, or that with the greatest
// version when all ids are versions.
func newest(keys map[string]*rsa.PublicKey) *rsa.PublicKey {
	var key *rsa.PublicKey
	var greatest uint64
	for id, candidate := range keys {
		if len(keys) == 1 {
			return candidate
		}
		version, err := strconv.ParseUint(id, 10, 64)
		if err != nil || strconv.FormatUint(version, 10) != id {
			return nil
		}
		if key == nil || version > greatest {
			key, greatest = candidate, version
		}
	}
	return key
}

// rsaFlaw returns why a key is refused, or an empty string.
func rsaFlaw(key *rsa.PublicKey) string {
	switch {
	case key.N == nil || key.N.Sign() <= 0:
		return "has no modulus"
	case key.N.BitLen() < minRSABits:
		return fmt.Sprintf("has %d bits; at least %d are needed", key.N.BitLen(), minRSABits)
	case key.N.BitLen() > maxRSABits:
		return fmt.Sprintf("has %d bits; at most %d are accepted", key.N.BitLen(), maxRSABits)
	case key.N.Bit(0) == 0, key.E < 3, key.E%2 == 0:
		return "is not a valid key"
	}
	return ""
}
