package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/store"
)

// UpdateBetween lets two stores of one database update one row, the second while the first
// decides. Neither update may be lost.
func UpdateBetween(t *testing.T, first, second Store) {
	t.Helper()
	ctx := t.Context()
	_, endpointErr := first.AddEndpoint(ctx, store.Endpoint{ID: "whe_between", App: "shop", URL: "https://1.example", CreatedAt: Epoch}, nil)
	_, agreementErr := first.AddAgreement(ctx, agreement.Agreement{ID: "agr_between", App: "shop", Wallet: "purse", Reference: "between", CreatedAt: Epoch}, nil)
	if err := errors.Join(endpointErr, agreementErr); err != nil {
		t.Fatal(err)
	}
	endpoint := func(s Store, change func(*store.Endpoint)) {
		t.Helper()
		_, _, err := s.UpdateEndpoint(ctx, "shop", "whe_between", nil, func(e *store.Endpoint) error { change(e); return nil })
		if err != nil {
			t.Errorf("UpdateEndpoint: got %v, want nil", err)
		}
	}
	agreed := func(s Store, change func(*agreement.Agreement)) {
		t.Helper()
		_, _, err := s.UpdateAgreement(ctx, "agr_between", nil, func(c *agreement.Change) error { change(&c.Agreement); return nil })
		if err != nil {
			t.Errorf("UpdateAgreement: got %v, want nil", err)
		}
	}
	runs := 0
	endpoint(first, func(e *store.Endpoint) {
		if runs++; runs == 1 {
			endpoint(second, func(e *store.Endpoint) { e.Description = "second" })
		}
		e.URL = "https://first.example"
	})
	agreed(first, func(a *agreement.Agreement) {
		if runs++; runs == 3 {
			agreed(second, func(a *agreement.Agreement) { a.Description = "second" })
		}
		a.Title = "first"
	})
	list, _, err := first.Endpoints(ctx)
	at := slices.IndexFunc(list, func(e store.Endpoint) bool { return e.ID == "whe_between" })
	if err != nil || at < 0 || list[at].Description != "second" || list[at].URL != "https://first.example" {
		t.Errorf("Endpoints: got %+v, %v, want both updates", list, err)
	}
	a, err := first.Agreement(ctx, "agr_between")
	if err != nil || a.Description != "second" || a.Title != "first" || runs != 4 {
		t.Errorf("Agreement: got %+v, %v after %d runs, want both updates after 4", a, err, runs)
	}
}
