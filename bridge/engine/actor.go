package engine

import "context"

type actorKey struct{}

// WithActor returns a context in which name is who acts: an API key or an operator. Every
// event whose source is the merchant or an operator keeps it, whatever operation records
// it; what a wallet, a client or the passing of time causes has no such name.
func WithActor(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, actorKey{}, name)
}

// actorOf is who acts in a context; empty when no one was named.
func actorOf(ctx context.Context) string {
	name, _ := ctx.Value(actorKey{}).(string)
	return name
}
