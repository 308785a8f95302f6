package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

type versionKey struct{}

// WithVersion returns a context that carries the version of an order, its Sequence, on which
// a person has decided. A refund, capture, void or resolution that begins is refused with
// Conflict when the order has another version by then. One that began under the same
// idempotency key goes on.
func WithVersion(ctx context.Context, sequence int64) context.Context {
	return context.WithValue(ctx, versionKey{}, sequence)
}

// checkVersion checks that an order has the version that a context carries, if any.
//
// Faults: Conflict.
func checkVersion(ctx context.Context, o *bridge.Order) error {
	if want, ok := ctx.Value(versionKey{}).(int64); ok && want != o.Sequence {
		return fault.New(fault.Conflict, "engine.checkVersion", "The order has changed since you read it.")
	}
	return nil
}
