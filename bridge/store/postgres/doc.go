// Package postgres is a engine.Store in a PostgreSQL database, 13 or newer, for any
// number of nodes.
//
//	UpdateOrder ─► read ┐                ┌► change ─► one statement ┐
//	UpdateOrder ─► read ┼─ one batch ────┼► change ─► one statement ┼─ one batch, one commit
//	Order ───────► read ┘                └► …          CreateOrder ─┘
//
// A change is one statement, whose inserts depend on its guarded update or insert of the
// order; so it needs no transaction held open and no second round trip. A few connections
// read and a few write, and each takes all callers that wait. When the server rejects a
// batch because of one statement in it, each is sent again alone.
//
// A lost connection leaves the outcome of a commit open. Then the same statement is sent
// again until the database answers: its guard lets it through once.
//
// A change that has events is guarded by the version of the endpoints, too. An advisory
// lock, shared by changes of orders, orders them with changes of endpoints. The feed of an
// app is in the order of transactions that have ended.
//
// By hand here are the statements of the hot paths: orders, events, claims and the outbox.
// What is written rarely, and the lists, are in package rows, which also reports how a change
// is guarded. The migrations are in this folder, numbered as those of package sqlite.
//
// The package leaves to bridge what a change means, and to its caller where the database
// is and who may read it.
package postgres
