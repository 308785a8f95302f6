package signing

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
)

func cachingTokens(t *testing.T, now *time.Time) (*Tokens, string) {
	t.Helper()
	config := GenerateKeyring().Config("test")
	config.Now = func() time.Time { return *now }
	tokens, err := NewTokens(config)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := tokens.IssueSession(Session{App: "shop", Wallet: "main", Payer: "p1"})
	if err != nil {
		t.Fatal(err)
	}
	return tokens, token
}

func TestATokenThatWasVerifiedReadsTheSameAgain(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	tokens, token := cachingTokens(t, &now)
	first, err := tokens.ParseSession(token)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := tokens.verified.get(token, now); !ok {
		t.Error("the token is not in the cache after it was verified")
	}
	if again, err := tokens.ParseSession(token); err != nil || again != first {
		t.Errorf("second time: got %+v, %v, want %+v", again, err, first)
	}
}

func TestATokenThatWasVerifiedStillExpires(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	tokens, token := cachingTokens(t, &now)
	if _, err := tokens.ParseSession(token); err != nil {
		t.Fatal(err)
	}
	now = now.Add(DefaultSessionTTL + tokenLeeway)
	if _, err := tokens.ParseSession(token); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("after its end: got %v, want unauthenticated", err)
	}
}

func TestATokenThatIsRefusedIsNotCached(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	tokens, token := cachingTokens(t, &now)
	if _, err := tokens.ParseSession(token); err != nil {
		t.Fatal(err)
	}
	for i := range len(token) {
		other := token[:i] + strings.Map(func(r rune) rune { return r ^ 1 }, token[i:i+1]) + token[i+1:]
		if _, err := tokens.ParseSession(other); !errors.Is(err, fault.Unauthenticated) {
			t.Fatalf("character %d changed: got %v, want unauthenticated", i, err)
		}
		if _, ok := tokens.verified.get(other, now); ok {
			t.Fatalf("character %d changed: the token is in the cache", i)
		}
	}
}

func TestATokenVerifiedByAClockAheadIsVerifiedAgain(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	tokens, token := cachingTokens(t, &now)
	if _, err := tokens.ParseSession(token); err != nil {
		t.Fatal(err)
	}
	if _, ok := tokens.verified.get(token, now.Add(-time.Second)); ok {
		t.Error("a token was found by a clock behind the one by which it was verified")
	}
}

func TestTheCacheOfTokensIsBounded(t *testing.T) {
	var v verifiedSessions
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	v.add("used", Session{ExpiresAt: now.Add(time.Hour)}, now)
	for i := range 5 * maxVerified {
		v.add(fmt.Sprint(i), Session{ExpiresAt: now.Add(time.Hour)}, now)
		if _, ok := v.get("used", now); i%100 == 0 && !ok {
			t.Fatalf("after %d others a token that is in use was forgotten", i)
		}
		if n := len(v.new) + len(v.old); n > 2*maxVerified {
			t.Fatalf("after %d tokens %d are cached, want at most %d", i, n, 2*maxVerified)
		}
	}
	if _, ok := v.get("0", now); ok {
		t.Error("a token that was not used for several generations is still cached")
	}
}
