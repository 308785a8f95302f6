// Package bridge holds the nouns of the payment engine and the rule: orders with their
// payments and refunds, events, and what news means for an order.
//
//	notification ─┐
//	query         ├─► News ─► Change.Apply ─► events ─► the order
//	operation     │             (pure)
//	time ─────────┘
//
// Everything that decides about money is the rule: Change.Apply in rule.go, with the bounds
// of refunds and captures in bounds.go, what a person decides in resolution.go, and the
// schedule of status queries in schedule.go. It turns an order and one piece of news into
// events; an order changes by events and by nothing else, so the event log replays to the
// order.
//
// The package is pure: it has no clock, no goroutine and no I/O, and imports no package
// below it. Package engine fetches, verifies, stores and calls; package store says what is
// kept beside orders; package view shows orders to clients and merchants.
package bridge
