// Package fault names the ways in which an operation can fail.
//
// A [Kind] is what a caller needs to know in order to continue, and is itself an error:
// errors.Is(err, fault.Declined) works at any depth. An [Error] is a kind with its
// circumstances: the operation, the wallet's code, a sentence for the caller, and the cause,
// which is for the log alone.
//
//	return fault.New(fault.Conflict, "engine.Cancel", "The order is paid.")
//	return fault.Wrap(fault.Unavailable, "sqlite.Order", err)
//
//	switch f := fault.Of(err); f.Kind { … }
//
// For money, the distinction that matters most is between [Unavailable], after which the same
// request may be sent again because nothing was executed, and [Unknown], after which the
// outcome must be queried, because something may have been executed.
//
// How a kind is rendered over HTTP is decided in bridge/problem, and which kind a wallet's own code
// is in that wallet.
package fault
