// Package storetest is the suite that every engine.Store passes.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t testing.TB) engine.Store { return open(t) })
//	}
//
// It tests that what was acknowledged is stored, that what was rejected left nothing
// behind, and that concurrent callers never share what only one may have. It is handed a
// store, which must be empty, and opens none. It depends on no speed and does not sleep:
// the feed, which may lag, is polled. What only one kind of store can get wrong is tested
// beside that store.
package storetest
