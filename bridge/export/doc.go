// Package export writes what a store has as tables, for accounts and spreadsheets: the orders
// of an app with the refunds and reversals of each as rows of their own, refunds alone, fees, or events.
//
//	Archive ── a page at a time, by id, to a fixed end ──► rows ──► CSV or JSON lines
//
// It holds one page in memory, however many rows there are. What is created while it works is
// not in it. Money is signed: a refund is negative, so that a column adds up.
package export
