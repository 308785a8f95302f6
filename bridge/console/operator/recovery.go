package operator

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

const (
	recoveryCodes = 10
	codeBytes     = 10 // 80 bits: a digest needs no slow hash
	codeGroup     = 4
)

// newCodes returns recovery codes to show once, and their digests to store.
func newCodes() (shown, digests []string) {
	for range recoveryCodes {
		raw := make([]byte, codeBytes)
		_, _ = rand.Read(raw) // never fails
		text := strings.ToLower(base32Text.EncodeToString(raw))
		shown = append(shown, grouped(text))
		digests = append(digests, digestOf(text))
	}
	return shown, digests
}

// grouped writes a code in groups that a person can copy.
func grouped(code string) string {
	var groups []string
	for group := range slices.Chunk([]byte(code), codeGroup) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, "-")
}

// useCode removes the digest of a recovery code, and reports whether it was there.
func (o *Operator) useCode(code string) bool {
	code = strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(strings.TrimSpace(code)))
	at := slices.Index(o.Codes, digestOf(code))
	if at < 0 {
		return false
	}
	o.Codes = slices.Delete(slices.Clone(o.Codes), at, at+1)
	return true
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
