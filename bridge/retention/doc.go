// Package retention archives the events of settled orders and prunes delivered messages, so
// that the store of a till grows with its orders and not with all that happened to them.
//
//	feed ── events older than Config.Events ──► file ─► synced ─► renamed ─► read back
//	                                                                 │
//	store ◄── horizon: the last event of the file ───────────────────┘
//	store ◄── Compact: a snapshot for each settled order, its events are deleted
//
// The files of an app follow each other as its feed does, so the archive has every event up to
// the horizon, and the store every event after it. Events up to the horizon stay in the store,
// too, while their order is open, needs attention or may be refunded. A process that stops
// between two steps leaves events in both places and never in none: the file is durable
// before the store names it, and the store names it before it deletes an event. A file that no
// store names is left over from such a stop; the next step writes another one.
//
// The name of a file contains its digest, so two nodes never write different content under
// one name, and the store accepts one file of each number. A lease keeps them from doing the
// work twice; correctness does not depend on it. Steps are small and pause in between.
//
// A snapshot keeps replay true: it is stored only when the events fold to the order byte for
// byte. Package bridge has that rule. Orders, refunds and their money stay in the store.
package retention
