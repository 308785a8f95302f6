package postgres_test

import (
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// A renewed token that is not stored, or of which it is unknown whether it is, would be
// the end of an agreement.
func TestAnAgreementWhoseConnectionIsLostIsStoredOnce(t *testing.T) {
	for name, cut := range cuts {
		t.Run(name, func(t *testing.T) {
			c, s, direct := behindCutter(t)
			a := agreement.Agreement{ID: "agr_1", App: "shop", Wallet: "purse", Reference: "R1", CreatedAt: storetest.Epoch}
			k := bridge.Claim{Scope: "app:shop", Key: "k1", Subject: "agr_1", CreatedAt: storetest.Epoch}
			cut(c)
			if held, err := s.AddAgreement(t.Context(), a, &k); err != nil || held.Key != "k1" {
				t.Errorf("AddAgreement: got %+v, %v, want its own claim", held, err)
			}
			got, _, err := s.UpdateAgreement(t.Context(), "agr_1", nil, func(u *agreement.Change) error {
				u.Agreement.Token = "sealed"
				u.Answer = &bridge.KeyAnswer{Scope: k.Scope, Key: k.Key, Answer: bridge.Answer{Status: 200}}
				cut(c)
				return nil
			})
			if err != nil || got.Token != "sealed" {
				t.Errorf("UpdateAgreement: got %q, %v, want the token", got.Token, err)
			}
			there, held, err := direct.UpdateAgreement(t.Context(), "agr_1", &k, func(*agreement.Change) error { return nil })
			if err != nil || there.Token != "sealed" || held.Answer == nil {
				t.Errorf("stored: got %q with claim %+v, %v, want the token and the answer", there.Token, held, err)
			}
			cut(c)
			if _, err := s.AddAgreement(t.Context(), agreement.Agreement{ID: "agr_2", Wallet: "purse", Reference: "R2"}, nil); err != nil {
				t.Errorf("AddAgreement without a key: got %v, want nil", err)
			}
		})
	}
}
