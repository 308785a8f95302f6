package rows

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
)

var agreements = &table[agreement.Agreement]{
	name: "agreements", what: "agreement",
	key: []string{"id"}, fixed: []string{"app", "wallet", "reference"}, moving: []string{"status", "token_digest", "doc"},
	fields: func(a *agreement.Agreement) fields {
		return fields{
			key: []any{(*string)(&a.ID)}, fixed: []any{&a.App, &a.Wallet, &a.Reference},
			moving: []any{(*string)(&a.Status), &a.TokenDigest, agreementDoc{a}},
		}
	},
	keep: func(next, before *agreement.Agreement) {
		next.ID, next.App, next.Wallet, next.Reference, next.CreatedAt = before.ID, before.App, before.Wallet, before.Reference, before.CreatedAt
	},
	recognize: recognizeAgreement,
}

// agreementDoc is a whole agreement as JSON, its times in UTC, to the millisecond. The
// columns beside it are for searching.
type agreementDoc struct{ *agreement.Agreement }

func (f agreementDoc) stored() (any, error) {
	a := *f.Agreement
	for _, t := range []*time.Time{&a.ExpiresAt, &a.RefreshExpires, &a.CreatedAt, &a.SignedAt, &a.EndedAt, &a.BusyUntil} {
		*t = truncated(*t)
	}
	return Encode("store.encode", &a)
}

func (f agreementDoc) Scan(v any) error {
	*f.Agreement = agreement.Agreement{}
	return Decode("store.decode", bytesOf(v), f.Agreement)
}

// AddAgreement stores a new agreement, together with the claim, which may be nil.
//
// Faults: Conflict when its id, or its reference at its wallet, is there already;
// Unavailable; Unknown.
func (r *Resources) AddAgreement(ctx context.Context, a agreement.Agreement, claim *bridge.Claim) (bridge.Claim, error) {
	return agreements.add(ctx, r, "store.AddAgreement", &a, claim)
}

// recognizeAgreement recognizes a write by the version of the row and by what the row says.
// What is sealed in it is sealed differently each time, so that two writes are never alike
// by chance; of two that seal nothing, one is as good as the other.
func recognizeAgreement(ctx context.Context, t *table[agreement.Agreement], r *Resources, op string, a *agreement.Agreement, version int64, cause error) error {
	there, v, err := t.get(ctx, r, op, agreementID, string(a.ID))
	if err != nil {
		return Unknown(op, err)
	}
	same, err := t.same(&there, a)
	if err == nil && (v != version || !same) {
		err = cause
	}
	return err
}

const (
	agreementID        = "id = ?"
	agreementReference = "wallet = ? and reference = ?"
	agreementToken     = "wallet = ? and token_digest = ? and token_digest <> '' order by "
)

// Agreement returns one agreement.
//
// Faults: NotFound; Unavailable.
func (r *Resources) Agreement(ctx context.Context, id bridge.AgreementID) (agreement.Agreement, error) {
	a, _, err := agreements.get(ctx, r, "store.Agreement", agreementID, string(id))
	return a, err
}

// AgreementByReference finds an agreement by what its wallet knows it by.
//
// Faults: NotFound; Unavailable.
func (r *Resources) AgreementByReference(ctx context.Context, walletName, reference string) (agreement.Agreement, error) {
	a, _, err := agreements.get(ctx, r, "store.AgreementByReference", agreementReference, walletName, reference)
	return a, err
}

// AgreementByToken finds the newest agreement whose TokenDigest it is.
//
// Faults: NotFound; Unavailable.
func (r *Resources) AgreementByToken(ctx context.Context, walletName, digest string) (agreement.Agreement, error) {
	a, _, err := agreements.get(ctx, r, "store.AgreementByToken", agreementToken+r.dialect.ID+" desc limit 1", walletName, digest)
	return a, err
}

// Agreements returns agreements that match, the newest first.
//
// Faults: NotFound when Before is no agreement of the app; Unavailable.
func (r *Resources) Agreements(ctx context.Context, q agreement.Query) ([]agreement.Agreement, error) {
	const op = "store.Agreements"
	before := lastID
	if q.Before != "" {
		before = string(q.Before)
		if _, err := r.placeOf(ctx, op, "select version from agreements where id = ? and app = ?", before, q.App); err != nil {
			return nil, err
		}
	}
	page := agreements.search().Add(r.dialect.hint("agreements_app")+" where app = ? and "+r.dialect.ID+" < ?", q.App, before).
		Where("status = ?", string(q.Status)).Add(" order by "+r.dialect.ID+" desc limit ?", PageSize(q.Limit))
	return readAll(ctx, r, op, page, agreements.scanRow)
}

// UpdateAgreement gives change the agreement as it is and stores what it leaves behind.
// As with orders, change runs again after a conflict, so it touches
// nothing but its argument. It does not run when the claim is held already.
//
// Faults: NotFound; Unavailable; Unknown when the database was lost during the commit
// and did not come back in time.
func (r *Resources) UpdateAgreement(ctx context.Context, id bridge.AgreementID, claim *bridge.Claim, change func(*agreement.Change) error) (agreement.Agreement, bridge.Claim, error) {
	return agreements.update(ctx, r, "store.UpdateAgreement", &update[agreement.Agreement]{
		lane: string(id), where: agreementID, args: []any{string(id)}, claim: claim,
		change: func(a *agreement.Agreement) (*bridge.KeyAnswer, error) {
			c := agreement.Change{Agreement: *a}
			err := change(&c)
			*a = c.Agreement
			return c.Answer, err
		},
	})
}
