// Package bench measures a till: how many orders, notifications and other things it does in a
// second, beside a bare reference that verifies the same signatures and commits the same rows.
//
// Every server under test is a process of its own, started from this binary or another one,
// with a store in a temporary directory or a database of its own. The load generator plays the
// wallets and the merchant's backend too. Sides take turns, A B A B, so that a machine that
// becomes slower is slower for all of them; ratios are medians over the rounds.
//
//	Run ─► scenario ─► world ─► side: till, reference, another binary
//	          │                   └► process, its configuration, its store
//	          └► measure ─► report
package bench
