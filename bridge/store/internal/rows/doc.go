// Package rows is what the stores in SQL share: the form of rows, the order of changes, and
// whole methods of engine.Store whose statements both databases carry out.
//
//	sqlite.Store ──┬─ hot paths, by hand               postgres.Store ──┬─ hot paths, by hand
//	               └─ rows.Resources ─► rows.Database ◄── rows.Resources ─┘
//
// Resources are embedded in both stores: webhook endpoints, API keys, agreements, the
// inbox, documents, restorations, and the lists. They reach the database by four methods,
// each of one statement or one transaction: Query, Exec, Write, ChangeRestoration. What
// the databases word differently, such as the index of a list, is in a Dialect. A table
// whose rows are updated under the guard of a version is one value, which lists each
// column once; get, add and update come with it.
//
// A row of orders carries a version that every write of the row raises. A change is
// guarded by the version it was decided on, so a lost race writes nothing and is decided
// again. Changes of one order made in this process follow each other, in the order in
// which they came; races are left for other processes. A change that has events is guarded
// by the version of the webhook endpoints, too, which every change of an endpoint raises:
// no event is committed without the messages to an endpoint that was added before.
//
// A restore makes all orders due whose state the backup may not know; their documents and
// events stay as they are. Lists are ranges of one index each, read from the newest on.
//
// The package knows no driver. It leaves to the stores how a statement is sent, gathered
// with others, committed, and retried when its outcome is unknown.
package rows
