package sqlstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// The statements of agreements. A write hangs on k, which hangs on t: see claimedTask.
const (
	pgAgreementColumns         = `select version, doc from agreements`
	pgReadAgreement            = pgAgreementColumns + ` where id = $1`
	pgReadAgreementByReference = pgAgreementColumns + ` where wallet = $1 and reference = $2`
	pgReadAgreementByToken     = pgAgreementColumns + ` where wallet = $1 and token_digest = $2 and token_digest <> ''
		order by id collate "POSIX" desc limit 1`
	pgReadAgreementOfApp = `select 1::bigint from agreements where id = $1 and app = $2`

	partAgreementAsIs = `t as (select 1 from agreements where id = ? and version = ? for update)`
	partAgreement     = `o as (insert into agreements (app, wallet, reference, status, token_digest, doc, id, version)
		select ?, ?, ?, ?, ?, ?, ?, 1 from k returning 1)`
	partNextAgreement = `o as (update agreements set status = ?, token_digest = ?, doc = ?, version = version + 1
		from k where id = ? and version = ? returning 1)`
)

// agreementRow is an agreement with the version of its row.
type agreementRow struct {
	bridge.Agreement
	version int64
}

func collectAgreement(op string, row pgx.CollectableRow) (r agreementRow, err error) {
	r.Agreement, r.version, err = scanAgreement(op, row)
	return r, err
}

// AddAgreement stores a new agreement, together with the claim, which may be nil.
//
// Faults: Conflict when its id, or its reference at its wallet, is there already;
// Unavailable; Unknown.
func (s *Postgres) AddAgreement(ctx context.Context, a bridge.Agreement, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "sqlstore.AddAgreement"
	columns, err := agreementColumns(op, &a)
	if err != nil {
		return bridge.Claim{}, err
	}
	columns = append([]any{a.App, a.Wallet, a.Reference}, columns...)
	t := claimedTask(op, part{text: partNothing}, claim, part{partAgreement, columns})
	held, err := s.claimed(ctx, t)
	if t.doubted && fault.KindOf(err) == fault.Conflict {
		return held, s.recallAgreement(ctx, op, &a, 1, err)
	}
	return held, err
}

// recallAgreement tells whether a doubted write of an agreement was stored: nil when
// the row has that version and says the same, otherwise what the database said. What is
// sealed in it is sealed differently each time, so that two writes are never alike by
// chance; one that seals nothing is as good as the other.
func (s *Postgres) recallAgreement(ctx context.Context, op string, a *bridge.Agreement, version int64, said error) error {
	there, v, err := s.agreementToUpdate(ctx, op, a.ID)
	if err != nil {
		return unknown(op, err)
	}
	got, err := encode(op, there)
	if err != nil {
		return err
	}
	want, err := encode(op, storedAgreement(*a))
	if err == nil && (v != version || got != want) {
		err = said
	}
	return err
}

// Agreement returns one agreement.
//
// Faults: NotFound; Unavailable.
func (s *Postgres) Agreement(ctx context.Context, id bridge.AgreementID) (bridge.Agreement, error) {
	a, _, err := s.agreement(ctx, "sqlstore.Agreement", pgReadAgreement, string(id))
	return a, err
}

// AgreementByReference finds an agreement by what its wallet knows it by.
//
// Faults: NotFound; Unavailable.
func (s *Postgres) AgreementByReference(ctx context.Context, walletName, reference string) (bridge.Agreement, error) {
	a, _, err := s.agreement(ctx, "sqlstore.AgreementByReference", pgReadAgreementByReference, walletName, reference)
	return a, err
}

// AgreementByToken finds the newest agreement whose TokenDigest it is.
//
// Faults: NotFound; Unavailable.
func (s *Postgres) AgreementByToken(ctx context.Context, walletName, digest string) (bridge.Agreement, error) {
	a, _, err := s.agreement(ctx, "sqlstore.AgreementByToken", pgReadAgreementByToken, walletName, digest)
	return a, err
}

func (s *Postgres) agreement(ctx context.Context, op, text string, args ...any) (bridge.Agreement, int64, error) {
	found, err := query(ctx, s, func(row pgx.CollectableRow) (agreementRow, error) {
		return collectAgreement(op, row)
	}, text, args...)
	if err == nil && len(found) == 0 {
		err = pgx.ErrNoRows
	}
	if err != nil {
		return bridge.Agreement{}, 0, postgresFault(op, err)
	}
	return found[0].Agreement, found[0].version, nil
}

// Agreements returns agreements that match, the newest first.
//
// Faults: NotFound when Before is no agreement of the app; Unavailable.
func (s *Postgres) Agreements(ctx context.Context, q bridge.AgreementQuery) ([]bridge.Agreement, error) {
	const op = "sqlstore.Agreements"
	before := lastID
	if q.Before != "" {
		before = string(q.Before)
		if _, err := s.placeOf(ctx, op, pgReadAgreementOfApp, before, q.App); err != nil {
			return nil, err
		}
	}
	return pgListOf(ctx, s, op, pgAgreementsSearch(&q, before), func(row pgx.CollectableRow) (bridge.Agreement, error) {
		r, err := collectAgreement(op, row)
		return r.Agreement, err
	})
}

// pgAgreementsSearch sorts by what only the index for lists has: see the migration.
func pgAgreementsSearch(q *bridge.AgreementQuery, before string) *search {
	return newSearch(pgAgreementColumns+` where app = ? and id collate "POSIX" < ?`, q.App, before).
		where("status = ?", string(q.Status)).add(` order by id collate "POSIX" desc limit ?`, pageSize(q.Limit))
}

// UpdateAgreement gives change the agreement as it is and stores what it leaves behind.
// As with orders, change runs again when another node was quicker, so it touches nothing
// but its argument. It does not run when the claim is held already.
//
// Faults: NotFound; Unavailable; Unknown when the database was lost during the commit
// and did not come back in time.
func (s *Postgres) UpdateAgreement(ctx context.Context, id bridge.AgreementID, claim *bridge.Claim, change func(*bridge.AgreementChange) error) (bridge.Agreement, bridge.Claim, error) {
	const op = "sqlstore.UpdateAgreement"
	lane, err := s.lanes.enter(ctx, bridge.OrderID(id)) // which no order shares
	if err != nil {
		return bridge.Agreement{}, bridge.Claim{}, unavailable(op, err)
	}
	defer s.lanes.leave(bridge.OrderID(id), lane)
	return updateAgreementIn(ctx, s, op, agreementUpdate{id, claim, change})
}

func (s *Postgres) agreementToUpdate(ctx context.Context, op string, id bridge.AgreementID) (bridge.Agreement, int64, error) {
	return s.agreement(ctx, op, pgReadAgreement, string(id))
}

func (s *Postgres) commitAgreement(ctx context.Context, op string, c *bridge.AgreementChange, version int64, claim *bridge.Claim) error {
	columns, err := agreementColumns(op, &c.Agreement)
	if err != nil {
		return err
	}
	id := string(c.Agreement.ID)
	t := claimedTask(op, part{partAgreementAsIs, []any{id, version}}, claim,
		part{partNextAgreement, append(columns, version)}, answerParts(c.Answer)...)
	_, err = s.claimed(ctx, t)
	switch {
	case err == nil && t.rows == 0: // the key was taken, perhaps by the try that was doubted
		return errStale
	case t.doubted && errors.Is(err, errStale):
		return s.recallAgreement(ctx, op, &c.Agreement, version+1, errStale)
	}
	return err
}
