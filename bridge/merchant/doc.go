// Package merchant is the HTTP API for merchants' backends: orders and the operations on
// them, refunds, agreements, what needs attention, the inbox of notifications that could
// not be applied, the feed of events, webhook endpoints and their deliveries, and the
// wallets.
//
//	Authorization: Bearer mk_… ──► key ──► app ──► which resources exist
//	                                └────► scopes ──► which operations are allowed
//
// To a key, the resources of another app do not exist: they are answered with 404. Every
// POST needs an Idempotency-Key; a repeat gets the first answer, byte for byte.
//
// The package owns the form of API keys, requests and answers, and the filters of lists.
// It leaves money to bridge, storage and search to bridge.Archive and store.Endpoints,
// delivery to bridge/webhook, handling and paging to bridge/web, and the form of faults
// to bridge/problem.
package merchant
