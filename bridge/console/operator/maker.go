package operator

import (
	"context"

	"github.com/minitill/minitill/fault"
)

// CheckMaker checks that the operator who made an API key may do something with an app's data
// now. A name that no operator has is of the operating-system user who made the key by a command:
// such a key stands for itself. Operators are never deleted, so that the name of one is found for
// as long as the store has the key.
//
// Faults: Forbidden when the operator is disabled or has lost the role or the app, and when the
// key does not say who made it; those of the store.
func (b *Book) CheckMaker(ctx context.Context, name string, action Action, app string) error {
	const op = "operator.CheckMaker"
	if name == "" {
		return fault.New(fault.Forbidden, op, "It is not known who made this API key. Use a key that an operator or a command has made.")
	}
	o, err := b.Named(ctx, name)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return nil
	case err != nil:
		return err
	case o.Disabled():
		return fault.New(fault.Forbidden, op, "The operator who made this API key is disabled.")
	case !o.May(action, app):
		return fault.New(fault.Forbidden, op, "The operator who made this API key has no role for this any more.")
	}
	return nil
}
