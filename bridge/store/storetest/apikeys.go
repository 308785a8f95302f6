package storetest

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

var apiKeyTests = []test{
	{"keys are found by their digest, revoked or not", apiKeys},
	{"a key is stored once", apiKeyTwice},
	{"a key's last use is stored once a minute and never goes back", apiKeyUse},
}

func apiKey(id, app string) store.APIKey {
	return store.APIKey{
		ID: id, App: app, Name: "the back office \xff", Digest: sha256.Sum256([]byte(id)),
		Scopes:    []store.Scope{store.ScopeRead, store.ScopeAdmin},
		Networks:  []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/48")},
		CreatedBy: "ann", CreatedAt: Epoch, ExpiresAt: Epoch.Add(90 * 24 * time.Hour),
	}
}

func apiKeys(t *testing.T, s Store) {
	ctx := context.Background()
	first, second, foreign := apiKey("key_2", "shop"), apiKey("key_1", "shop"), apiKey("key_3", "other")
	first.Networks, first.CreatedBy, first.ExpiresAt = nil, "", time.Time{} // as keys of older versions
	for _, k := range []store.APIKey{first, foreign, second} {
		if err := s.AddAPIKey(ctx, k); err != nil {
			t.Fatalf("AddAPIKey: got %v, want nil", err)
		}
	}
	for range 2 {
		if err := s.RevokeAPIKey(ctx, "key_1", "bob", Epoch.Add(time.Hour)); err != nil {
			t.Errorf("RevokeAPIKey: got %v, want nil", err)
		}
		second.RevokedBy, second.RevokedAt = "bob", Epoch.Add(time.Hour)
		if err := s.RevokeAPIKey(ctx, "key_1", "cyd", Epoch.Add(2*time.Hour)); err != nil {
			t.Errorf("RevokeAPIKey again: got %v, want nil", err)
		}
	}
	wantKind(t, "RevokeAPIKey", s.RevokeAPIKey(ctx, "key_9", "bob", Epoch), fault.NotFound)
	for _, want := range []store.APIKey{first, second} {
		got, err := s.APIKey(ctx, want.Digest)
		if err != nil {
			t.Errorf("APIKey: got %v, want nil", err)
		}
		same(t, "the key", got, want)
	}
	_, err := s.APIKey(ctx, sha256.Sum256([]byte("key_9")))
	wantKind(t, "APIKey", err, fault.NotFound)
	for app, want := range map[string][]store.APIKey{"shop": {first, second}, "": {first, foreign, second}, "nobody's": nil} {
		got, err := s.APIKeys(ctx, app)
		if err != nil {
			t.Errorf("APIKeys: got %v, want nil", err)
		}
		same(t, "the keys of "+app, got, want)
	}
}

func apiKeyTwice(t *testing.T, s Store) {
	ctx := context.Background()
	if err := s.AddAPIKey(ctx, apiKey("key_1", "shop")); err != nil {
		t.Fatalf("AddAPIKey: got %v, want nil", err)
	}
	sameID, sameDigest := apiKey("key_2", "shop"), apiKey("key_1", "shop")
	sameID.ID, sameDigest.ID = "key_1", "key_2"
	wantKind(t, "the same id", s.AddAPIKey(ctx, sameID), fault.Conflict)
	wantKind(t, "the same digest", s.AddAPIKey(ctx, sameDigest), fault.Conflict)
}

func apiKeyUse(t *testing.T, s Store) {
	ctx := context.Background()
	want := apiKey("key_1", "shop")
	for _, k := range []store.APIKey{want, apiKey("key_2", "shop")} {
		if err := s.AddAPIKey(ctx, k); err != nil {
			t.Fatalf("AddAPIKey: got %v, want nil", err)
		}
	}
	for _, use := range []struct{ at, stored time.Duration }{
		{time.Hour, time.Hour},
		{time.Hour + store.KeyUsePeriod - time.Millisecond, time.Hour},
		{time.Hour + store.KeyUsePeriod, time.Hour + store.KeyUsePeriod},
		{time.Minute, time.Hour + store.KeyUsePeriod},
	} {
		if err := s.UseAPIKey(ctx, "key_1", Epoch.Add(use.at)); err != nil {
			t.Errorf("UseAPIKey: got %v, want nil", err)
		}
		want.UsedAt = Epoch.Add(use.stored)
		got, err := s.APIKey(ctx, want.Digest)
		if err != nil {
			t.Errorf("APIKey: got %v, want nil", err)
		}
		same(t, "the key", got, want)
	}
	if other, err := s.APIKey(ctx, apiKey("key_2", "shop").Digest); err != nil || !other.UsedAt.IsZero() {
		t.Errorf("another key: got a use at %v, %v, want none", other.UsedAt, err)
	}
	if err := s.UseAPIKey(ctx, "key_9", Epoch); err != nil {
		t.Errorf("a key that is not there: got %v, want nil", err)
	}
}
