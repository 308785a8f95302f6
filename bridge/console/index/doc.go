// Package index is the read model of the operator's console: it finds orders by any text that
// a person holds, lists them by filters, and has their sums over time.
//
// An Index follows the feed of events of a store and keeps what it needs in tables of its own:
// a second SQLite file beside the store's, or tables of their own on PostgreSQL. They decide
// nothing and can be thrown away: the index is built from the feed again, in steps, while it
// answers from what it has. No statement is added to the store's own writes.
//
//	store ── Feed ──► Follow ─► fold ─► entries   one row for each order
//	                                    lists     an order's place in each list that it is in
//	                                    names     references and wallets' payment ids
//	                                    sums      counts and money of 15 minutes, hours and days
//	                                    places    the last event of each app
//
// A step reads events of one app after its place, folds them, and commits the rows together
// with the new place, so that every event counts once. The same feed gives the same rows.
//
// The index holds references, wallets' payment ids and amounts as they are. A payer's id is
// held as a digest: it can be searched for, and not be read.
package index
