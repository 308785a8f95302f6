package tilltest

import (
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
)

// Tokens returns tokens with keys of their own; now may be nil.
func Tokens(t testing.TB, issuer string, now func() time.Time) *signing.Tokens {
	t.Helper()
	config := signing.GenerateKeyring().Config(issuer)
	config.Now = now
	tokens, err := signing.NewTokens(config)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}
