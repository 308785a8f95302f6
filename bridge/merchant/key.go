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

// NewKey makes a key of the API and the digest that bridge.APIKey keeps. The text is
// shown once: nothing else leads back to it.
func NewKey() (text string, digest [32]byte) {
	var raw [keyBytes]byte
	_, _ = rand.Read(raw[:]) // never fails
	text = keyPrefix + base64.RawURLEncoding.EncodeToString(raw[:])
	return text, sha256.Sum256([]byte(text))
}

// KeyDigest is what a key is looked up by. What has not exactly the form of a key is
// refused, so that garbage costs no read. The look-up needs no constant time: a digest
// tells whoever guesses nothing of the keys beside it.
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
