package postgres_test

import (
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
)

// What is set up is stored once, too, when the connection is lost meanwhile.
func TestASetUpWhoseConnectionIsLostIsStoredOnce(t *testing.T) {
	for name, cut := range cuts {
		for _, key := range []string{"", "k1"} {
			t.Run(name+" with key "+key, func(t *testing.T) {
				c, s, direct := behindCutter(t)
				claim := func(step string) *bridge.Claim {
					if key == "" {
						return nil
					}
					return &bridge.Claim{Scope: "app:shop", Key: key + step, CreatedAt: storetest.Epoch, Answer: &bridge.Answer{Status: 200}}
				}
				cut(c)
				e := store.Endpoint{ID: "whe_1", App: "shop", URL: "https://1.example", CreatedAt: storetest.Epoch}
				if held, err := s.AddEndpoint(t.Context(), e, claim("add")); err != nil || key != "" && held.Key != key+"add" {
					t.Errorf("AddEndpoint: got %+v, %v, want its own claim", held, err)
				}
				wantEndpoint(t, direct, "https://1.example")
				lostUpdate(t, s, claim("update"), func() { cut(c) }, name)
				wantEndpoint(t, direct, "https://2.example")
				cut(c)
				if err := s.AddAPIKey(t.Context(), store.APIKey{ID: "key_1", App: "shop", Digest: [32]byte{1}}); err != nil {
					t.Errorf("AddAPIKey: got %v, want nil", err)
				}
				if keys, err := direct.APIKeys(t.Context(), "shop"); err != nil || len(keys) != 1 {
					t.Errorf("keys: got %v, %v, want one", keys, err)
				}
			})
		}
	}
}

// lostUpdate gives the endpoint another URL. Only a claim proves afterwards that an
// update was made, when its answer is lost.
func lostUpdate(t *testing.T, s *postgres.Store, claim *bridge.Claim, cut func(), how string) {
	t.Helper()
	e, held, err := s.UpdateEndpoint(t.Context(), "shop", "whe_1", claim, func(e *store.Endpoint) error {
		e.URL = "https://2.example"
		cut()
		return nil
	})
	switch {
	case claim == nil && how == "the answer is lost":
		if fault.KindOf(err) != fault.Unknown {
			t.Errorf("UpdateEndpoint: got %v, want unknown", err)
		}
	case err != nil || e.URL != "https://2.example" || claim != nil && held.Key != claim.Key:
		t.Errorf("UpdateEndpoint: got %s with claim %+v, %v, want the new URL", e.URL, held, err)
	}
}

func wantEndpoint(t *testing.T, s *postgres.Store, url string) {
	t.Helper()
	list, _, err := s.Endpoints(t.Context())
	if err != nil || len(list) != 1 || list[0].URL != url {
		t.Errorf("endpoints: got %v, %v, want one at %s", list, err, url)
	}
}
