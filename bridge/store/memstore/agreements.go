package memstore

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// agreement is an agreement with the number of its changes.
type agreement struct {
	doc     bridge.Agreement
	version int
}

// copyAgreement is an agreement as a store on disk reads it again.
func copyAgreement(a bridge.Agreement) (bridge.Agreement, error) {
	for _, t := range []*time.Time{&a.ExpiresAt, &a.RefreshExpires, &a.CreatedAt, &a.SignedAt, &a.EndedAt, &a.BusyUntil} {
		*t = millis(*t)
	}
	data, err := json.Marshal(a)
	if err != nil {
		return bridge.Agreement{}, err
	}
	var copied bridge.Agreement
	return copied, json.Unmarshal(data, &copied)
}

// AddAgreement implements bridge.Store.
func (s *Store) AddAgreement(ctx context.Context, a bridge.Agreement, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "memstore.AddAgreement"
	doc, err := copyAgreement(a)
	if err != nil {
		return bridge.Claim{}, fault.Wrap(fault.Internal, op, err)
	}
	if err := s.lock(ctx, op); err != nil {
		return bridge.Claim{}, err
	}
	defer s.mu.Unlock()
	if held := s.held(claim); held != nil {
		return *held, nil
	}
	if s.find(func(have *bridge.Agreement) bool {
		return have.ID == a.ID || have.Wallet == a.Wallet && have.Reference == a.Reference
	}) != nil {
		return bridge.Claim{}, fault.New(fault.Conflict, op, "The agreement exists already.")
	}
	s.agreements = append(s.agreements, &agreement{doc: doc})
	return s.take(claim), nil
}

// find is the newest agreement that matches, or nil.
func (s *Store) find(matches func(*bridge.Agreement) bool) *agreement {
	var found *agreement
	for _, a := range s.agreements {
		if matches(&a.doc) && (found == nil || a.doc.ID > found.doc.ID) {
			found = a
		}
	}
	return found
}

func (s *Store) findOne(ctx context.Context, op string, matches func(*bridge.Agreement) bool) (bridge.Agreement, error) {
	if err := s.lock(ctx, op); err != nil {
		return bridge.Agreement{}, err
	}
	defer s.mu.Unlock()
	a := s.find(matches)
	if a == nil {
		return bridge.Agreement{}, noAgreement(op)
	}
	return copyAgreement(a.doc)
}

func noAgreement(op string) error {
	return fault.New(fault.NotFound, op, "There is no such agreement.")
}

// Agreement implements bridge.Store.
func (s *Store) Agreement(ctx context.Context, id bridge.AgreementID) (bridge.Agreement, error) {
	return s.findOne(ctx, "memstore.Agreement", func(a *bridge.Agreement) bool { return a.ID == id })
}

// AgreementByReference implements bridge.Store.
func (s *Store) AgreementByReference(ctx context.Context, walletName, reference string) (bridge.Agreement, error) {
	return s.findOne(ctx, "memstore.AgreementByReference", func(a *bridge.Agreement) bool {
		return a.Wallet == walletName && a.Reference == reference
	})
}

// AgreementByToken implements bridge.Store.
func (s *Store) AgreementByToken(ctx context.Context, walletName, digest string) (bridge.Agreement, error) {
	return s.findOne(ctx, "memstore.AgreementByToken", func(a *bridge.Agreement) bool {
		return digest != "" && a.Wallet == walletName && a.TokenDigest == digest
	})
}

// Agreements implements bridge.Store.
func (s *Store) Agreements(ctx context.Context, q bridge.AgreementQuery) ([]bridge.Agreement, error) {
	const op = "memstore.Agreements"
	if err := s.lock(ctx, op); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var list []bridge.Agreement
	for _, have := range s.agreements {
		a, err := copyAgreement(have.doc)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, op, err)
		}
		if a.App == q.App {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b bridge.Agreement) int { return cmp.Compare(b.ID, a.ID) })
	id := func(a bridge.Agreement) string { return string(a.ID) }
	return page(op, list, string(q.Before), id, q.Limit, func(a bridge.Agreement) bool {
		return q.Status == "" || a.Status == q.Status
	})
}

// UpdateAgreement implements bridge.Store. As with orders, change runs unlocked and runs
// again when another was quicker.
func (s *Store) UpdateAgreement(ctx context.Context, id bridge.AgreementID, claim *bridge.Claim, change func(*bridge.AgreementChange) error) (bridge.Agreement, bridge.Claim, error) {
	const op = "memstore.UpdateAgreement"
	for {
		before, held, err := s.agreementOrClaim(ctx, op, id, claim)
		if err != nil || held != nil {
			return before.doc, copyClaimOf(held), err
		}
		c := bridge.AgreementChange{Agreement: before.doc}
		if err := change(&c); err != nil {
			return before.doc, bridge.Claim{}, err
		}
		a, was := &c.Agreement, &before.doc
		a.ID, a.App, a.Wallet, a.Reference, a.CreatedAt = was.ID, was.App, was.Wallet, was.Reference, was.CreatedAt
		if *a, err = copyAgreement(*a); err != nil {
			return before.doc, bridge.Claim{}, fault.Wrap(fault.Internal, op, err)
		}
		taken, done, err := s.swapAgreement(ctx, op, &c, before.version, claim)
		if err != nil || done {
			return c.Agreement, taken, err
		}
	}
}

// agreementOrClaim is an agreement as it is, and the claim when that is held already.
func (s *Store) agreementOrClaim(ctx context.Context, op string, id bridge.AgreementID, claim *bridge.Claim) (agreement, *bridge.Claim, error) {
	if err := s.lock(ctx, op); err != nil {
		return agreement{}, nil, err
	}
	defer s.mu.Unlock()
	held, a := s.held(claim), s.find(func(a *bridge.Agreement) bool { return a.ID == id })
	switch {
	case a != nil:
		doc, err := copyAgreement(a.doc)
		return agreement{doc, a.version}, held, err
	case held != nil:
		return agreement{}, held, nil
	}
	return agreement{}, nil, noAgreement(op)
}

// swapAgreement stores a change unless the agreement has changed since it was read, or
// the claim's key was taken.
func (s *Store) swapAgreement(ctx context.Context, op string, c *bridge.AgreementChange, version int, claim *bridge.Claim) (bridge.Claim, bool, error) {
	doc, err := copyAgreement(c.Agreement)
	if err != nil {
		return bridge.Claim{}, false, fault.Wrap(fault.Internal, op, err)
	}
	if err := s.lock(ctx, op); err != nil {
		return bridge.Claim{}, false, err
	}
	defer s.mu.Unlock()
	a := s.find(func(a *bridge.Agreement) bool { return a.ID == doc.ID })
	if a.version != version || s.held(claim) != nil {
		return bridge.Claim{}, false, nil
	}
	*a = agreement{doc, version + 1}
	s.answer(c.Answer)
	return s.take(claim), true, nil
}
