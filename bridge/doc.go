// Package bridge is the payment engine: orders and their payments, what news means
// for them, and the work that makes every order end.
//
//	notification ─┐
//	query         ├─► news ─► rule ─► events ─► one commit ─► wake, reply
//	operation     │          (pure)    │
//	time ─────────┘                    └─► order, outbox messages, next look
//
// Everything that decides about money is the rule in rule.go. It turns an order and
// one piece of news into events; an order changes by events and by nothing else, so
// the event log replays to the order. The rest of the package fetches, verifies,
// stores and calls.
//
// The package knows no HTTP router, no SQL and no wallet by name. It leaves storage
// to [Store], prices to [Pricer] and the wire to the packages miniapp and
// bridge/server.
package bridge
