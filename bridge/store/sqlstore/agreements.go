package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/minitill/minitill/bridge"
)

// agreementColumns are the values of insertAgreement behind those that stay, and of
// updateAgreement before its version.
func agreementColumns(op string, a *bridge.Agreement) ([]any, error) {
	doc, err := encode(op, storedAgreement(*a))
	if err != nil {
		return nil, err
	}
	return append(make([]any, 0, 8), string(a.Status), a.TokenDigest, doc, string(a.ID)), nil
}

// storedAgreement is an agreement as it will be read again: its times in UTC, to the
// millisecond.
func storedAgreement(a bridge.Agreement) bridge.Agreement {
	for _, t := range []*time.Time{&a.ExpiresAt, &a.RefreshExpires, &a.CreatedAt, &a.SignedAt, &a.EndedAt, &a.BusyUntil} {
		*t = fromMillis(millis(*t))
	}
	return a
}

// AddAgreement stores a new agreement, together with the claim, which may be nil.
//
// Faults: Conflict when its id, or its reference at its wallet, is there already;
// Unavailable; Unknown.
func (s *Store) AddAgreement(ctx context.Context, a bridge.Agreement, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "sqlstore.AddAgreement"
	columns, err := agreementColumns(op, &a)
	if err != nil {
		return bridge.Claim{}, err
	}
	columns = append([]any{a.App, a.Wallet, a.Reference}, columns...)
	return s.claimed(ctx, op, claim, func(w *conn) error {
		_, err := w.exec(insertAgreement, columns...)
		return err
	})
}

// Agreement returns one agreement.
//
// Faults: NotFound; Unavailable.
func (s *Store) Agreement(ctx context.Context, id bridge.AgreementID) (bridge.Agreement, error) {
	a, _, err := s.agreement(ctx, "sqlstore.Agreement", readAgreement, string(id))
	return a, err
}

// AgreementByReference finds an agreement by what its wallet knows it by.
//
// Faults: NotFound; Unavailable.
func (s *Store) AgreementByReference(ctx context.Context, walletName, reference string) (bridge.Agreement, error) {
	a, _, err := s.agreement(ctx, "sqlstore.AgreementByReference", readAgreementByReference, walletName, reference)
	return a, err
}

// AgreementByToken finds the newest agreement whose TokenDigest it is.
//
// Faults: NotFound; Unavailable.
func (s *Store) AgreementByToken(ctx context.Context, walletName, digest string) (bridge.Agreement, error) {
	a, _, err := s.agreement(ctx, "sqlstore.AgreementByToken", readAgreementByToken, walletName, digest)
	return a, err
}

func (s *Store) agreement(ctx context.Context, op, query string, args ...any) (bridge.Agreement, int64, error) {
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return bridge.Agreement{}, 0, asFault(op, err)
	}
	a, version, err := scanAgreement(op, s.reader.QueryRowContext(ctx, query, args...))
	return a, version, asFault(op, err)
}

func scanAgreement(op string, row interface{ Scan(dest ...any) error }) (a bridge.Agreement, version int64, err error) {
	var doc []byte
	if err := row.Scan(&version, &doc); err != nil {
		return a, 0, err
	}
	return a, version, decode(op, doc, &a)
}

// Agreements returns agreements that match, the newest first.
//
// Faults: NotFound when Before is no agreement of the app; Unavailable.
func (s *Store) Agreements(ctx context.Context, q bridge.AgreementQuery) ([]bridge.Agreement, error) {
	const op = "sqlstore.Agreements"
	before := lastID
	if q.Before != "" {
		before = string(q.Before)
		if _, err := s.placeOf(ctx, op, readAgreementOfApp, before, q.App); err != nil {
			return nil, err
		}
	}
	return listOf(ctx, s, op, agreementsSearch(&q, before), func(rows *sql.Rows) (bridge.Agreement, error) {
		a, _, err := scanAgreement(op, rows)
		return a, err
	})
}

func agreementsSearch(q *bridge.AgreementQuery, before string) *search {
	return newSearch(`select version, doc from agreements indexed by agreements_app where app = ? and id < ?`, q.App, before).
		where("status = ?", string(q.Status)).add(` order by id desc limit ?`, pageSize(q.Limit))
}

// UpdateAgreement gives change the agreement as it is and stores what it leaves behind.
// As with orders, change runs again when another process was quicker, so it touches
// nothing but its argument. It does not run when the claim is held already.
//
// Faults: NotFound; Unavailable; Unknown.
func (s *Store) UpdateAgreement(ctx context.Context, id bridge.AgreementID, claim *bridge.Claim, change func(*bridge.AgreementChange) error) (bridge.Agreement, bridge.Claim, error) {
	const op = "sqlstore.UpdateAgreement"
	lane, err := s.lanes.enter(ctx, bridge.OrderID(id)) // which no order shares
	if err != nil {
		return bridge.Agreement{}, bridge.Claim{}, asFault(op, err)
	}
	defer s.lanes.leave(bridge.OrderID(id), lane)
	return updateAgreementIn(ctx, s, op, agreementUpdate{id, claim, change})
}

type agreementUpdate struct {
	id     bridge.AgreementID
	claim  *bridge.Claim
	change func(*bridge.AgreementChange) error
}

// agreed is what an update of an agreement needs of a database, whichever it is.
type agreed interface {
	claimant
	agreementToUpdate(ctx context.Context, op string, id bridge.AgreementID) (bridge.Agreement, int64, error)
	// commitAgreement returns errStale when the agreement has another version by now, or
	// the claim's key was taken.
	commitAgreement(ctx context.Context, op string, c *bridge.AgreementChange, version int64, claim *bridge.Claim) error
}

func updateAgreementIn(ctx context.Context, in agreed, op string, u agreementUpdate) (bridge.Agreement, bridge.Claim, error) {
	return updateRow(ctx, in, op, rowUpdate[bridge.Agreement]{
		claim: u.claim,
		read:  func() (bridge.Agreement, int64, error) { return in.agreementToUpdate(ctx, op, u.id) },
		try: func(a *bridge.Agreement, version int64) error {
			return tryAgreement(ctx, in, op, a, version, &u)
		},
	})
}

// tryAgreement leaves a as it was unless it was stored.
func tryAgreement(ctx context.Context, in agreed, op string, a *bridge.Agreement, version int64, u *agreementUpdate) error {
	c := bridge.AgreementChange{Agreement: *a}
	if err := u.change(&c); err != nil {
		return err
	}
	next := &c.Agreement
	next.ID, next.App, next.Wallet, next.Reference, next.CreatedAt = a.ID, a.App, a.Wallet, a.Reference, a.CreatedAt
	if err := in.commitAgreement(ctx, op, &c, version, u.claim); err != nil {
		return err
	}
	*a = storedAgreement(*next)
	return nil
}

func (s *Store) agreementToUpdate(ctx context.Context, op string, id bridge.AgreementID) (bridge.Agreement, int64, error) {
	return s.agreement(ctx, op, readAgreement, string(id))
}

func (s *Store) commitAgreement(ctx context.Context, op string, c *bridge.AgreementChange, version int64, claim *bridge.Claim) error {
	columns, err := agreementColumns(op, &c.Agreement)
	if err != nil {
		return err
	}
	columns = append(columns, version)
	return s.writer.do(ctx, op, func(w *conn) error {
		if claim != nil {
			if _, taken, err := take(w, insertClaim, *claim); err != nil || taken {
				return staleOr(err)
			}
		}
		n, err := w.exec(updateAgreement, columns...)
		switch a := c.Answer; {
		case err == nil && n == 0:
			err = errStale
		case err == nil && a != nil:
			_, err = w.exec(answerClaim, int64(a.Answer.Status), blob(a.Answer.Body), a.Scope, a.Key)
		}
		return err
	})
}
