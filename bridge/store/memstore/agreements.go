package memstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
)

func newAgreements() table[agreement.Agreement] {
	return table[agreement.Agreement]{
		what: "agreement",
		times: func(a *agreement.Agreement) []*time.Time {
			return []*time.Time{&a.ExpiresAt, &a.RefreshExpires, &a.CreatedAt, &a.SignedAt, &a.EndedAt, &a.BusyUntil}
		},
		keep: func(next, before *agreement.Agreement) {
			next.ID, next.App, next.Wallet, next.Reference, next.CreatedAt = before.ID, before.App, before.Wallet, before.Reference, before.CreatedAt
		},
	}
}

// AddAgreement implements engine.Store.
func (s *Store) AddAgreement(ctx context.Context, a agreement.Agreement, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "memstore.AddAgreement"
	return s.claimed(ctx, op, claim, func() error {
		return s.agreements.add(op, a, func(have *agreement.Agreement) bool {
			return have.ID == a.ID || have.Wallet == a.Wallet && have.Reference == a.Reference
		})
	})
}

func (s *Store) agreement(ctx context.Context, op string, matches func(*agreement.Agreement) bool) (agreement.Agreement, error) {
	return locked(ctx, s, op, func() (agreement.Agreement, error) { return s.agreements.get(op, matches) })
}

// Agreement implements engine.Store.
func (s *Store) Agreement(ctx context.Context, id bridge.AgreementID) (agreement.Agreement, error) {
	return s.agreement(ctx, "memstore.Agreement", func(a *agreement.Agreement) bool { return a.ID == id })
}

// AgreementByReference implements engine.Store.
func (s *Store) AgreementByReference(ctx context.Context, walletName, reference string) (agreement.Agreement, error) {
	return s.agreement(ctx, "memstore.AgreementByReference", func(a *agreement.Agreement) bool {
		return a.Wallet == walletName && a.Reference == reference
	})
}

// AgreementByToken implements engine.Store.
func (s *Store) AgreementByToken(ctx context.Context, walletName, digest string) (agreement.Agreement, error) {
	const op = "memstore.AgreementByToken"
	return locked(ctx, s, op, func() (agreement.Agreement, error) {
		list := s.agreements.list(func(a *agreement.Agreement) bool {
			return digest != "" && a.Wallet == walletName && a.TokenDigest == digest
		})
		if len(list) == 0 {
			return agreement.Agreement{}, notFound(op, s.agreements.what)
		}
		return slices.MaxFunc(list, func(a, b agreement.Agreement) int { return cmp.Compare(a.ID, b.ID) }), nil
	})
}

// Agreements implements engine.Store.
func (s *Store) Agreements(ctx context.Context, q agreement.Query) ([]agreement.Agreement, error) {
	const op = "memstore.Agreements"
	return locked(ctx, s, op, func() ([]agreement.Agreement, error) {
		list := s.agreements.list(func(a *agreement.Agreement) bool { return a.App == q.App })
		slices.SortFunc(list, func(a, b agreement.Agreement) int { return cmp.Compare(b.ID, a.ID) })
		id := func(a *agreement.Agreement) string { return string(a.ID) }
		return page(op, list, string(q.Before), id, q.Limit, func(a *agreement.Agreement) bool {
			return q.Status == "" || a.Status == q.Status
		})
	})
}

// UpdateAgreement implements engine.Store.
func (s *Store) UpdateAgreement(ctx context.Context, id bridge.AgreementID, claim *bridge.Claim, change func(*agreement.Change) error) (agreement.Agreement, bridge.Claim, error) {
	var answer *bridge.KeyAnswer
	matches := func(a *agreement.Agreement) bool { return a.ID == id }
	return update(ctx, s, "memstore.UpdateAgreement", &s.agreements, matches, claim, func(a *agreement.Agreement) error {
		c := agreement.Change{Agreement: *a}
		err := change(&c)
		*a, answer = c.Agreement, c.Answer
		return err
	}, func() { s.answer(answer) })
}
