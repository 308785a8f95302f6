package storetest

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

var apiKeyTests = []test{
	{"keys are found by their digest, revoked or not", apiKeys},
	{"a key is stored once", apiKeyTwice},
}

func apiKey(id, app string) bridge.APIKey {
	return bridge.APIKey{
		ID: id, App: app, Name: "the back office \xff", Digest: sha256.Sum256([]byte(id)),
		Scopes: []bridge.Scope{bridge.ScopeRead, bridge.ScopeAdmin}, CreatedAt: Epoch,
	}
}

func apiKeys(t *testing.T, s bridge.Store) {
	ctx := context.Background()
	first, second, foreign := apiKey("key_2", "shop"), apiKey("key_1", "shop"), apiKey("key_3", "other")
	for _, k := range []bridge.APIKey{first, foreign, second} {
		if err := s.AddAPIKey(ctx, k); err != nil {
			t.Fatalf("AddAPIKey: got %v, want nil", err)
		}
	}
	for range 2 {
		if err := s.RevokeAPIKey(ctx, "key_1", Epoch.Add(time.Hour)); err != nil {
			t.Errorf("RevokeAPIKey: got %v, want nil", err)
		}
		second.RevokedAt = Epoch.Add(time.Hour)
		if err := s.RevokeAPIKey(ctx, "key_1", Epoch.Add(2*time.Hour)); err != nil {
			t.Errorf("RevokeAPIKey again: got %v, want nil", err)
		}
	}
	wantKind(t, "RevokeAPIKey", s.RevokeAPIKey(ctx, "key_9", Epoch), fault.NotFound)
	for _, want := range []bridge.APIKey{first, second} {
		got, err := s.APIKey(ctx, want.Digest)
		if err != nil {
			t.Errorf("APIKey: got %v, want nil", err)
		}
		same(t, "the key", got, want)
	}
	_, err := s.APIKey(ctx, sha256.Sum256([]byte("key_9")))
	wantKind(t, "APIKey", err, fault.NotFound)
	for app, want := range map[string][]bridge.APIKey{"shop": {first, second}, "": {first, foreign, second}, "nobody's": nil} {
		got, err := s.APIKeys(ctx, app)
		if err != nil {
			t.Errorf("APIKeys: got %v, want nil", err)
		}
		same(t, "the keys of "+app, got, want)
	}
}

func apiKeyTwice(t *testing.T, s bridge.Store) {
	ctx := context.Background()
	if err := s.AddAPIKey(ctx, apiKey("key_1", "shop")); err != nil {
		t.Fatalf("AddAPIKey: got %v, want nil", err)
	}
	sameID, sameDigest := apiKey("key_2", "shop"), apiKey("key_1", "shop")
	sameID.ID, sameDigest.ID = "key_1", "key_2"
	wantKind(t, "the same id", s.AddAPIKey(ctx, sameID), fault.Conflict)
	wantKind(t, "the same digest", s.AddAPIKey(ctx, sameDigest), fault.Conflict)
}
