package limit

import (
	"context"
	"time"
)

// Parker is the connection of a request on a server that can park the request: while its
// answer is held, the request needs no handler, whose stack and buffers are most of the
// memory of a long poll. Afterwards the handler is called once more and answers.
type Parker interface {
	// Park reports whether the request is parked when its handler ends. The handler then ends
	// by a panic with http.ErrAbortHandler, so that nothing on the way out answers.
	Park(p Parked) bool
	// Parking reports whether the handler that ends is called once more, since Park has
	// accepted its request.
	Parking() bool
	// Parked is what the request was parked with; nil in the first call of its handler.
	Parked() Parked
}

// Parked is a request whose answer is held.
type Parked interface {
	// Wait returns when the answer is due, and soon after the end of ctx, which is when the
	// caller disconnects or the server shuts down.
	Wait(ctx context.Context)
	// Waited is how long Wait took.
	Waited() time.Duration
	// Release is called when the handler is not called once more, since the connection has
	// ended.
	Release()
}

type parkerKey struct{}

// WithParker adds the connection of a request to its context.
func WithParker(ctx context.Context, p Parker) context.Context {
	return context.WithValue(ctx, parkerKey{}, p)
}

// ParkerOf is the connection of a request; nil where it cannot park.
func ParkerOf(ctx context.Context) Parker {
	p, _ := ctx.Value(parkerKey{}).(Parker)
	return p
}

// IsParking reports whether the handler of a request has parked it and is called once more:
// the end of its first call is no answer.
func IsParking(ctx context.Context) bool {
	p := ParkerOf(ctx)
	return p != nil && p.Parking()
}

// ParkedOf is what a request was parked with; nil in the first call of its handler.
func ParkedOf(ctx context.Context) Parked {
	if p := ParkerOf(ctx); p != nil {
		return p.Parked()
	}
	return nil
}
