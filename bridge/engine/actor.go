package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
)

type (
	actorKey  struct{}
	personKey struct{}
)

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

// WithPerson returns a context that carries who acts, for the approval of refunds: WithActor
// names the actor to people, and this tells one from another.
func WithPerson(ctx context.Context, p bridge.Person) context.Context {
	return context.WithValue(ctx, personKey{}, p)
}

// personOf returns the person of a context; zero when it has none.
func personOf(ctx context.Context) bridge.Person {
	p, _ := ctx.Value(personKey{}).(bridge.Person)
	return p
}
