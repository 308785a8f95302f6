// Package bridge holds the nouns of the payment engine and the rule: orders with their
// payments and refunds, events, and the rule that applies news to an order.
//
//	notification ─┐
//	query         ├─► News ─► Change.Apply ─► events ─► the order
//	operation     │             (pure)
//	time ─────────┘
//
// Everything that decides about money is the rule: [Change.Apply] turns an order and one
// piece of news into events. [Change.ReserveOperation] bounds captures, and package refund
// bounds and approves refunds. An order changes by events and by nothing else, so [Replay] of
// the event log yields the order. Package resolution books what a person decides, and package
// schedule plans the status queries.
//
// The package is pure: it has no clock, no goroutine and no I/O, and imports no package
// below it. Package engine verifies, stores and calls wallets; it is the only caller of most
// methods of [Change]. Package store defines what is stored beside orders, and package view
// the JSON of orders for clients and merchants.
package bridge
