package signing

import (
	"encoding/hex"
	"strings"
	"testing"
)

func TestSecretsThatCanBeGuessedAreRefused(t *testing.T) {
	for name, secret := range map[string]string{
		"the alphabet": "abcdefghijklmnopqrstuvwxyz012345", "backwards": "zyxwvutsrqponmlkjihgfedcba987654", "a few letters again and again": strings.Repeat("abcdef", 8),
		"a word three times": "Tr0ub4dor&3Tr0ub4dor&3Tr0ub4dor&3", "digits counted": "01234567890123456789012345678901", "bytes counted": string(counted(32)),
		"nearly all the same": strings.Repeat("x", 28) + "1234", "two secrets that are short": strings.Repeat("q7Zw-", 8),
	} {
		if weakness(NewSecret(secret), minTokenSecret) == "" {
			t.Errorf("%s, %q, is taken for a secret", name, secret)
		}
	}
}

func counted(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(7*i + 3)
	}
	return b
}

func TestRandomSecretsOfAnyAlphabetAreTaken(t *testing.T) {
	digits := func(n int) string {
		return strings.Map(func(r rune) rune { return '0' + r%10 }, hex.EncodeToString(randomBytes(n/2)))
	}
	for range 200 {
		for name, test := range map[string]struct {
			secret string
			least  int
		}{
			"32 bytes": {string(randomBytes(32)), 32}, "16 bytes": {string(randomBytes(16)), 16}, "64 hexadecimal digits": {hex.EncodeToString(randomBytes(32)), 32},
			"32 hexadecimal digits": {hex.EncodeToString(randomBytes(16)), 32}, "16 hexadecimal digits": {hex.EncodeToString(randomBytes(8)), 16},
			"32 decimal digits": {digits(32), 32}, "512 bytes": {string(randomBytes(512)), 32},
		} {
			if weak := weakness(NewSecret(test.secret), test.least); weak != "" {
				t.Fatalf("%s, %q: %s", name, test.secret, weak)
			}
		}
	}
}
