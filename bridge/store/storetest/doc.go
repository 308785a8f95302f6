// Package storetest is the suite that every bridge.Store passes.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t testing.TB) bridge.Store { return open(t) })
//	}
//
// It asks whether what was acknowledged is there, whether what was refused left
// nothing behind, and whether callers at the same time ever share what only one may
// have. It needs a store that is empty when opened, depends on no speed and sleeps
// for nothing: what comes a little later, in the feed, is asked for again. What only
// one kind of store can get wrong is tested beside it.
package storetest
