package wallet

import "context"

// Pins keeps what is learned about a provider on first use and must hold from then on, in
// every process that shares the store: such as that a provider signs its answers. A pin is a
// name; it is set once and stays.
type Pins interface {
	// Pinned reports whether one of the names is pinned, by any process.
	Pinned(ctx context.Context, names ...string) (bool, error)

	// Pin pins all names, and is durable when it returns. Pinning again changes nothing.
	Pin(ctx context.Context, names ...string) error
}

// noPins keeps nothing: what a wallet learns is in its own memory and ends with it.
type noPins struct{}

func (noPins) Pinned(context.Context, ...string) (bool, error) { return false, nil }
func (noPins) Pin(context.Context, ...string) error            { return nil }
