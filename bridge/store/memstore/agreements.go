package memstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
)

func newAgreements() table[bridge.Agreement] {
	return table[bridge.Agreement]{
		what: "agreement",
		times: func(a *bridge.Agreement) []*time.Time {
			return []*time.Time{&a.ExpiresAt, &a.RefreshExpires, &a.CreatedAt, &a.SignedAt, &a.EndedAt, &a.BusyUntil}
		},
		keep: func(next, before *bridge.Agreement) {
			next.ID, next.App, next.Wallet, next.Reference, next.CreatedAt = before.ID, before.App, before.Wallet, before.Reference, before.CreatedAt
		},
	}
}

// AddAgreement implements bridge.Store.
func (s *Store) AddAgreement(ctx context.Context, a bridge.Agreement, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "memstore.AddAgreement"
	return s.claimed(ctx, op, claim, func() error {
		return s.agreements.add(op, a, func(have *bridge.Agreement) bool {
			return have.ID == a.ID || have.Wallet == a.Wallet && have.Reference == a.Reference
		})
	})
}

func (s *Store) agreement(ctx context.Context, op string, matches func(*bridge.Agreement) bool) (bridge.Agreement, error) {
	return locked(ctx, s, op, func() (bridge.Agreement, error) { return s.agreements.get(op, matches) })
}

// Agreement implements bridge.Store.
func (s *Store) Agreement(ctx context.Context, id bridge.AgreementID) (bridge.Agreement, error) {
	return s.agreement(ctx, "memstore.Agreement", func(a *bridge.Agreement) bool { return a.ID == id })
}

// AgreementByReference implements bridge.Store.
func (s *Store) AgreementByReference(ctx context.Context, walletName, reference string) (bridge.Agreement, error) {
	return s.agreement(ctx, "memstore.AgreementByReference", func(a *bridge.Agreement) bool {
		return a.Wallet == walletName && a.Reference == reference
	})
}

// AgreementByToken implements bridge.Store.
func (s *Store) AgreementByToken(ctx context.Context, walletName, digest string) (bridge.Agreement, error) {
	const op = "memstore.AgreementByToken"
	return locked(ctx, s, op, func() (bridge.Agreement, error) {
		list := s.agreements.list(func(a *bridge.Agreement) bool {
			return digest != "" && a.Wallet == walletName && a.TokenDigest == digest
		})
		if len(list) == 0 {
			return bridge.Agreement{}, notFound(op, s.agreements.what)
		}
		return slices.MaxFunc(list, func(a, b bridge.Agreement) int { return cmp.Compare(a.ID, b.ID) }), nil
	})
}

// Agreements implements bridge.Store.
func (s *Store) Agreements(ctx context.Context, q bridge.AgreementQuery) ([]bridge.Agreement, error) {
	const op = "memstore.Agreements"
	return locked(ctx, s, op, func() ([]bridge.Agreement, error) {
		list := s.agreements.list(func(a *bridge.Agreement) bool { return a.App == q.App })
		slices.SortFunc(list, func(a, b bridge.Agreement) int { return cmp.Compare(b.ID, a.ID) })
		id := func(a *bridge.Agreement) string { return string(a.ID) }
		return page(op, list, string(q.Before), id, q.Limit, func(a *bridge.Agreement) bool {
			return q.Status == "" || a.Status == q.Status
		})
	})
}

// UpdateAgreement implements bridge.Store.
func (s *Store) UpdateAgreement(ctx context.Context, id bridge.AgreementID, claim *bridge.Claim, change func(*bridge.AgreementChange) error) (bridge.Agreement, bridge.Claim, error) {
	var answer *bridge.KeyAnswer
	matches := func(a *bridge.Agreement) bool { return a.ID == id }
	return update(ctx, s, "memstore.UpdateAgreement", &s.agreements, matches, claim, func(a *bridge.Agreement) error {
		c := bridge.AgreementChange{Agreement: *a}
		err := change(&c)
		*a, answer = c.Agreement, c.Answer
		return err
	}, func() { s.answer(answer) })
}
