package outbound

import "context"

// Trace begins the span of a call that is sent to a wallet, and returns the context of the
// call and the function that ends the span. Neither may block.
type Trace func(ctx context.Context, wallet string, operation Operation) (context.Context, func(Outcome))

// traced begins the span of a call, where calls are traced.
func (t *Wallet) traced(ctx context.Context, operation Operation) (context.Context, func(Outcome)) {
	if t.Trace == nil {
		return ctx, untraced
	}
	return t.Trace(ctx, t.Name, operation)
}

func untraced(Outcome) {}
