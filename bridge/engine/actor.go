package engine

import "context"

type actorKey struct{}

// WithActor returns a context that carries the name of the actor: an API key or an operator.
// Every event whose source is the merchant or an operator records it; events of wallets,
// clients and time have no actor.
func WithActor(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, actorKey{}, name)
}

// actorOf returns the actor of a context; empty when it has none.
func actorOf(ctx context.Context) string {
	name, _ := ctx.Value(actorKey{}).(string)
	return name
}
