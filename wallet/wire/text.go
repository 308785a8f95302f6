package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// MaxID is the most bytes that an id of a provider may have, and a word that is kept for
// people.
const MaxID = 128

// ValidIDs says that no id is longer than MaxID. Absent ones are valid.
func ValidIDs(ids ...string) bool {
	for _, id := range ids {
		if len(id) > MaxID {
			return false
		}
	}
	return true
}

// Clip bounds a provider's words that are kept for people; what it returns is valid UTF-8.
func Clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), MaxID)], "") }

// Truncate bounds text that is sent to a number of characters, which are not bytes.
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

// Digest names bytes, for events that have no id of their own.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}
