// Package merchant is the HTTP API that a merchant's backend talks to: orders and what
// is done with them, refunds, agreements, what needs a person's attention and the inbox
// of news that could not be applied, the feed of events, webhook endpoints and their
// deliveries, and the wallets.
//
//	Authorization: Bearer mk_… ──► key ──► app ──► what exists, and nothing else
//	                                └────► scopes ──► what may be done
//
// The app of the key decides everything: what belongs to another app does not exist,
// and is answered as if it did not. Every POST needs an Idempotency-Key; its first
// answer is the answer from then on, byte for byte.
//
// The package owns the keys' form, the form of requests and answers, and what may be
// asked of a list. It leaves money to bridge, keeping and searching to bridge.Archive
// and bridge.Registry, delivery to bridge/webhook, and the form of faults to
// bridge/problem.
package merchant
