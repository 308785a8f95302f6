// Package schedule plans the status queries about an order: quick at first, then with
// exponential backoff until the order expires, and a few more for late money. It also has
// the jitter that spreads retries.
//
// The package is pure: a plan follows from the order, the time and the pace of the wallet.
package schedule
