// Package sqlite is a engine.Store in an SQLite file, for one machine.
//
//	UpdateOrder ─ read ─► change ─► encode ─┐
//	UpdateOrder ─ read ─► change ─► encode ─┼─► writer: begin, a savepoint each, commit
//	CreateOrder ──────────────────► encode ─┘      │
//	callers ◄───────── the outcome of each ────────┘ after the commit, never before
//
// One goroutine writes. It takes the changes that are waiting, commits them once and then
// answers all of them, so that many callers share one fsync. When one fails, all are rolled
// back and run again, each inside a savepoint of its own, so that an invalid change fails
// alone. It never waits for more to come: a
// lone change is committed at once. It runs SQL only; reading, deciding and encoding
// happen in the caller's goroutine.
//
// Another goroutine, with a connection of its own, copies the log into the database while
// the writer goes on.
//
// Reads use connections of their own and see every commit that was answered before they
// began. The feed of an app is in the order of commits.
//
// By hand here are the statements of the hot paths: orders, events, claims and the outbox.
// What is written rarely, and the lists, are in package rows, which also reports how a change
// is guarded. The migrations are in this folder, numbered as those of package postgres.
//
// The package leaves to bridge what a change means, and to its caller where the file is
// and who may read it.
package sqlite
