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
// cashier. Its tokens are as good as money: here and in the store they are sealed, and no
// API returns them.
//
//	pending ── the payer signs ──► active ── payer, merchant or wallet ──► ended
//
// Its JSON is the form in which it is stored. The APIs show a View.
type Agreement struct {
	ID          bridge.AgreementID `json:"id"`
	App         string             `json:"app"`
	Wallet      string             `json:"wallet"`
	Reference   string             `json:"reference"` // the id under which the wallet knows it
	Status      Status             `json:"status"`
	Payer       wallet.Payer       `json:"payer,omitzero"` // known once it is signed
	Title       string             `json:"title,omitzero"`
	Description string             `json:"description,omitzero"`
	Limit       wallet.Money       `json:"limit,omitzero"` // of each payment; zero: none is named
	Language    string             `json:"language,omitzero"`
	// Token and Refresh are sealed for this agreement alone. TokenDigest, SHA-256 of the
	// token in hex, finds the agreement that a wallet refers to; it outlives the token.
	Token          string         `json:"token,omitzero"`
	Refresh        string         `json:"refresh,omitzero"`
	TokenDigest    string         `json:"tokenDigest,omitzero"`
	ExpiresAt      time.Time      `json:"expiresAt,omitzero"` // of the token; zero: the wallet does not say
	RefreshExpires time.Time      `json:"refreshExpires,omitzero"`
	Action         *wallet.Action `json:"action,omitzero"` // where the payer signs, while it is pending
	CreatedAt      time.Time      `json:"createdAt"`
	SignedAt       time.Time      `json:"signedAt,omitzero"`
	EndedAt        time.Time      `json:"endedAt,omitzero"`
	// BusyUntil is the deadline of the call that is under way for it. Until then no other
	// call uses its code or its tokens.
	BusyUntil time.Time `json:"busyUntil,omitzero"`
	// UnansweredAt is when the last call for it ended without an answer; zero when the
	// wallet has answered since.
	UnansweredAt time.Time    `json:"unansweredAt,omitzero"`
	Resolutions  []Resolution `json:"resolutions,omitempty"`
}

// Status is the status of an agreement.
type Status string

// The statuses. An agreement may end at its wallet without a notification; then the next
// charge is declined.
const (
	Pending Status = "pending" // the payer has not signed
	Active  Status = "active"
	Ended   Status = "ended"
)

// Statuses lists all statuses.
var Statuses = []Status{Pending, Active, Ended}

// Store is the part of a Store that holds agreements.
type Store interface {
	// AddAgreement stores a new agreement together with the claim, which may be nil. When
	// the claim's key is claimed already, nothing is stored and the older claim returned.
	//
	// Faults: Conflict when its id, or its reference at its wallet, exists already.
	AddAgreement(ctx context.Context, a Agreement, claim *bridge.Claim) (bridge.Claim, error)

	// Agreement returns one agreement.
	//
	// Faults: NotFound.
	Agreement(ctx context.Context, id bridge.AgreementID) (Agreement, error)

	// AgreementByReference finds an agreement by the id under which its wallet knows it.
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

	// UpdateAgreement gives change the agreement and stores what it leaves behind.
	// Concurrent updates of one agreement run one after the other. When the claim's key is
	// claimed already, change does not run and the older claim is returned. An error from
	// change rolls back and is returned as it is. ID, App, Wallet, Reference and CreatedAt
	// do not change.
	//
	// Faults: NotFound, unless the claim is held already.
	UpdateAgreement(ctx context.Context, id bridge.AgreementID, claim *bridge.Claim, change func(*Change) error) (Agreement, bridge.Claim, error)
}

// Change is one agreement inside a transaction: the agreement and the answer to the request
// that changes it are committed together or not at all.
type Change struct {
	Agreement Agreement
	// Answer completes a claim that was committed before.
	Answer *bridge.KeyAnswer
}

// Query selects agreements of an app. A zero field selects all.
type Query struct {
	App    string // required
	Status Status
	// Attention is a reason that stands, or AnyAttention. The Service filters by it; a
	// Store ignores it.
	Attention Attention
	Before    bridge.AgreementID // older than this one
	Limit     int
}

// end ends the agreement and deletes its tokens. The first end counts.
func (a *Agreement) end(now time.Time) {
	a.Token, a.Refresh, a.Action = "", "", nil
	a.BusyUntil, a.UnansweredAt = time.Time{}, time.Time{}
	if a.Status != Ended {
		a.Status, a.EndedAt = Ended, now
	}
}

// tokenDigest returns the digest by which the store finds an agreement without having its
// token.
func tokenDigest(t wallet.Token) string {
	sum := sha256.Sum256([]byte(t))
	return hex.EncodeToString(sum[:])
}

// ownedBy returns NotFound for an agreement of another app.
func (a *Agreement) ownedBy(app string) error {
	if a.App != app {
		return fault.New(fault.NotFound, "agreement.Agreement", "There is no such agreement.")
	}
	return nil
}
