package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// MaxID is how many bytes an id of a provider may have, and a word that is kept for people.
const MaxID = 128

// ValidIDs reports whether no id is longer than MaxID bytes. Empty ones are valid.
func ValidIDs(ids ...string) bool {
	for _, id := range ids {
		if len(id) > MaxID {
			return false
		}
	}
	return true
}

// Clip returns the first MaxID bytes of a provider's words, such as a code, as valid UTF-8.
func Clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), MaxID)], "") }

// Truncate returns the first most characters, not bytes, of text that is sent to a provider.
func Truncate(s string, most int) string {
	count := 0
	for i := range s {
		if count == most {
			return s[:i]
		}
		count++
	}
	return s
}

// Digest returns an id for a notification that has none: half of its SHA-256, in hex. A
// provider that repeats a notification must send the same bytes.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}
