// Package fault names the ways an operation can go wrong, in the few words a
// caller needs to decide what to do next.
//
// It owns the kinds and nothing else: what a kind looks like over HTTP is decided
// in bridge/problem, what a wallet's own code means is decided in that wallet.
// The distinction that matters most is between [Unavailable], where nothing was
// executed and the same request may be sent again, and [Unknown], where something
// may have been executed: ask, and never repeat it under a new identity.
package fault
