// Package sqlstore keeps orders, events, claims, the outbox, the inbox, agreements,
// endpoints and API keys in SQL. It is a bridge.Store twice: on SQLite, for one machine,
// and on PostgreSQL, 13 or newer, for any number of nodes. Both keep the same tables and
// decide a change in the same way; how they commit is each one's own.
//
// # SQLite
//
//	UpdateOrder ─ read ─► change ─► encode ─┐
//	UpdateOrder ─ read ─► change ─► encode ─┼─► writer: begin, a savepoint each, commit
//	CreateOrder ──────────────────► encode ─┘      │
//	callers ◄───────── the outcome of each ────────┘ after the commit, never before
//
// One goroutine writes. It takes whatever changes are waiting, runs each inside a
// savepoint of its own, commits once and then answers all of them, so that many
// callers share one wait for the disk while one bad change fails alone. It never
// waits for more to come: a lone change is committed at once. It runs SQL only;
// reading, deciding and encoding happen in the caller's goroutine.
//
// Reads go to connections of their own and see every commit that was answered before
// they began.
//
// # PostgreSQL
//
//	UpdateOrder ─► read ┐                ┌► change ─► one statement ┐
//	UpdateOrder ─► read ┼─ one batch ────┼► change ─► one statement ┼─ one batch, one commit
//	Order ───────► read ┘                └► …          CreateOrder ─┘
//
// A change is one statement, whose inserts hang on its guarded update or insert of
// the order; so it needs no transaction held open and no second round trip. A few
// connections read and a few write, and each takes all who wait. When the server
// refuses a batch because of one in it, each is sent again alone.
//
// A lost connection leaves the fate of a commit open. Then the same statement is sent
// again until the database answers: its guard lets it through once.
//
// # Both
//
// A row of orders carries a version that every write of the row raises. A change is
// guarded by the version it was decided on, so a lost race writes nothing and is
// decided again. Changes of one order made in this process queue up behind each
// other, in the order in which they came; races are left for other processes.
//
// A change that has events is guarded by the version of the webhook endpoints, too, which
// every change of an endpoint raises: no event is committed without the messages to an
// endpoint that was added before. SQLite has one writer; on PostgreSQL an advisory lock,
// shared by changes of orders, orders them with changes of endpoints.
//
// A restore makes all orders due whose state the backup may not know; their documents and
// events stay as they are.
//
// Lists are ranges of one index each, read from the newest on. The feed of an app is in
// the order of commits on SQLite, and of transactions that have ended on PostgreSQL; on
// both it shows an event only when none can appear before it any more.
//
// The package leaves to bridge what a change means, and to its caller where the
// database lives and who may read it.
package sqlstore
