// Package notice tells the operator of a till what needs a person, outside the console: a
// signed POST to one address when a condition begins, and another when it has ended.
//
//	store, wallets ──► Watch ──► conditions ──► Book ──► messages ──► POST, signed
//	                                             │ ▲
//	                                             ▼ │ one document of the store
//
// The conditions and the messages that are not delivered yet are one document of the store,
// so that they outlive restarts. A lease in it lets one node of several send. Messages are
// delivered at least once, with the ladder of the outbox; a receiver tells a repeat by the id.
// Conditions are grouped, by app and reason, and each group sends at most one message in
// Pause, however many orders it has.
package notice
