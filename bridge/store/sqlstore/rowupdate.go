package sqlstore

import (
	"context"
	"errors"

	"github.com/minitill/minitill/bridge"
)

// rowUpdate is an update of a row that its version guards, together with a claim, which
// may be nil.
type rowUpdate[T any] struct {
	claim *bridge.Claim
	read  func() (row T, version int64, err error)
	// try leaves row as it was unless it was stored. It returns errStale when the row has
	// another version by now, or the claim's key was taken.
	try func(row *T, version int64) error
}

// claimant is a database that keeps claims.
type claimant interface {
	heldClaim(ctx context.Context, op string, claim *bridge.Claim) (*bridge.Claim, error)
}

// updateRow decides an update, again as long as somebody else is quicker. A claim that
// is held already ends it, even where the row is gone.
func updateRow[T any](ctx context.Context, in claimant, op string, u rowUpdate[T]) (T, bridge.Claim, error) {
	var none T
	for range mostRuns {
		held, err := in.heldClaim(ctx, op, u.claim)
		if err != nil {
			return none, bridge.Claim{}, err
		}
		row, version, err := u.read()
		if held != nil {
			return row, *held, nil
		}
		if err != nil {
			return none, bridge.Claim{}, err
		}
		switch err := u.try(&row, version); {
		case errors.Is(err, errStale):
		case err != nil || u.claim == nil:
			return row, bridge.Claim{}, err
		default:
			return row, *u.claim, nil
		}
	}
	return none, bridge.Claim{}, unavailable(op, errStale)
}
