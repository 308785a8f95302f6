package agreement

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Agreement is a payer's standing permission to be charged at one wallet without the
// cashier. Its tokens are as good as money: here and in the store they are sealed, and
// nothing that leaves the engine has them.
//
//	pending ── the payer signs ──► active ── payer, merchant or wallet ──► ended
//
// Its JSON is the form in which it is stored. What callers see is an AgreementView.
type Agreement struct {
	ID          bridge.AgreementID `json:"id"`
	App         string             `json:"app"`
	Wallet      string             `json:"wallet"`
	Reference   string             `json:"reference"` // what the wallet knows it by
	Status      Status             `json:"status"`
	Payer       wallet.Payer       `json:"payer,omitzero"` // known once it is signed
	Title       string             `json:"title,omitzero"`
	Description string             `json:"description,omitzero"`
	Limit       wallet.Money       `json:"limit,omitzero"` // of each payment; zero: none is named
	Language    string             `json:"language,omitzero"`
	// Token and Refresh are sealed for this agreement alone. TokenDigest, SHA-256 of the
	// token in hex, finds the agreement that a wallet speaks of; it outlives the token.
	Token          string         `json:"token,omitzero"`
	Refresh        string         `json:"refresh,omitzero"`
	TokenDigest    string         `json:"tokenDigest,omitzero"`
	ExpiresAt      time.Time      `json:"expiresAt,omitzero"` // of the token; zero: the wallet does not say
	RefreshExpires time.Time      `json:"refreshExpires,omitzero"`
	Action         *wallet.Action `json:"action,omitzero"` // where the payer signs, while it is pending
	CreatedAt      time.Time      `json:"createdAt"`
	SignedAt       time.Time      `json:"signedAt,omitzero"`
	EndedAt        time.Time      `json:"endedAt,omitzero"`
	// BusyUntil is when a call that is under way for it is given up. Until then nobody
	// else spends its code or its tokens.
	BusyUntil time.Time `json:"busyUntil,omitzero"`
	// UnansweredAt is when the last call for it ended without an answer; zero when the
	// wallet has answered since.
	UnansweredAt time.Time    `json:"unansweredAt,omitzero"`
	Resolutions  []Resolution `json:"resolutions,omitempty"`
}

// Status is how an agreement stands.
type Status string

// The statuses. An agreement may have ended at its wallet without our being told; then
// the next charge is declined.
const (
	Pending Status = "pending" // the payer has not signed
	Active  Status = "active"
	Ended   Status = "ended"
)

// Statuses are all of them.
var Statuses = []Status{Pending, Active, Ended}

// Store is the part of a Store that holds agreements.
type Store interface {
	// AddAgreement stores a new agreement, together with the claim, which may be nil.
	// When the claim's key is taken already, nothing is stored and the older claim
	// returned.
	//
	// Faults: Conflict when its id, or its reference at its wallet, is there already.
	AddAgreement(ctx context.Context, a Agreement, claim *bridge.Claim) (bridge.Claim, error)

	// Agreement returns one agreement.
	//
	// Faults: NotFound.
	Agreement(ctx context.Context, id bridge.AgreementID) (Agreement, error)

	// AgreementByReference finds an agreement by what its wallet knows it by.
	//
	// Faults: NotFound.
	AgreementByReference(ctx context.Context, walletName, reference string) (Agreement, error)

	// AgreementByToken finds the newest agreement whose TokenDigest it is.
	//
	// Faults: NotFound.
	AgreementByToken(ctx context.Context, walletName, digest string) (Agreement, error)

	// Agreements returns agreements that match, the newest first.
	//
	// Faults: NotFound when Before is no agreement of the app.
	Agreements(ctx context.Context, q Query) ([]Agreement, error)

	// UpdateAgreement gives change the agreement as it is and stores what it leaves
	// behind, alone with it: two updates at once follow one another. When the claim's key
	// is taken already, change does not run and the older claim is returned. An error
	// from change leaves everything as it was and is returned as it is. ID, App, Wallet,
	// Reference and CreatedAt stay as they are.
	//
	// Faults: NotFound, unless the claim is held already.
	UpdateAgreement(ctx context.Context, id bridge.AgreementID, claim *bridge.Claim, change func(*Change) error) (Agreement, bridge.Claim, error)
}

// Change is one agreement inside a transaction: it and the answer to the
// request that changes it move together or not at all.
type Change struct {
	Agreement Agreement
	// Answer completes a claim that was taken before.
	Answer *bridge.KeyAnswer
}

// Query asks for agreements of an app. A zero field asks for any.
type Query struct {
	App    string // required
	Status Status
	// Attention is a reason that stands, or AnyAgreementAttention. The engine looks for
	// it; a Store does not.
	Attention Attention
	Before    bridge.AgreementID // older than this one
	Limit     int
}

// end makes it ended, and its tokens forgotten. The first end counts.
func (a *Agreement) end(now time.Time) {
	a.Token, a.Refresh, a.Action = "", "", nil
	a.BusyUntil, a.UnansweredAt = time.Time{}, time.Time{}
	if a.Status != Ended {
		a.Status, a.EndedAt = Ended, now
	}
}

// tokenDigest is what a token is found by, where the token itself must not stand.
func tokenDigest(t wallet.Token) string {
	sum := sha256.Sum256([]byte(t))
	return hex.EncodeToString(sum[:])
}

func (a *Agreement) ownedBy(app string) error {
	if a.App != app {
		return fault.New(fault.NotFound, "agreement.Agreement", "There is no such agreement.")
	}
	return nil
}
