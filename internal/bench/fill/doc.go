// Package fill makes a store with very many orders in a short time. It copies all rows that a
// till has written about a few orders, with other ids, keys and times, in large transactions
// that are not synced. It knows no table by name: what the till writes is what is copied.
//
// The copies differ from real orders in two ways: they have the same payer and amounts, and their
// idempotency keys have no answers, which are sealed and name no order.
package fill
