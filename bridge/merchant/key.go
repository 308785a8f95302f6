package merchant

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

const (
	keyPrefix = "mk_"
	keyBytes  = 32
)

// NewKey makes an API key and the digest that store.APIKey keeps. The text cannot be
// derived from the digest: it is shown once.
func NewKey() (text string, digest [32]byte) {
	var raw [keyBytes]byte
	_, _ = rand.Read(raw[:]) // never fails
	text = keyPrefix + base64.RawURLEncoding.EncodeToString(raw[:])
	return text, sha256.Sum256([]byte(text))
}

// KeyDigest is the digest by which a key is looked up. A text without the exact form of a
// key is refused, so that it costs no read of the store. The look-up needs no constant
// time: the digest of a guess reveals nothing about the stored keys.
func KeyDigest(text string) (digest [32]byte, ok bool) {
	encoded, found := strings.CutPrefix(text, keyPrefix)
	if !found || len(encoded) != base64.RawURLEncoding.EncodedLen(keyBytes) {
		return digest, false
	}
	var raw [keyBytes]byte
	if n, err := base64.RawURLEncoding.Strict().Decode(raw[:], []byte(encoded)); err != nil || n != keyBytes {
		return digest, false
	}
	return sha256.Sum256([]byte(text)), true
}
