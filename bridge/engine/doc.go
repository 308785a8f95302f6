// Package engine runs the payment engine: it creates orders, opens payments at wallets,
// captures, voids, refunds and cancels, applies notifications, and makes every order end.
//
//	request       ─► reserve, commit ─► call the wallet ─► apply the answer, commit ─► notify waiters, reply
//	notification  ─► verify, parse   ─► apply, commit                               ─► notify waiters, reply
//	due order     ─► lease, commit   ─► query the wallet ─► apply, commit           ─► notify waiters
//	due event     ─► lease, commit   ─► call the handler ─► outcome, commit
//
// The rule in package bridge decides what an answer means. The engine adds the order of
// steps: it reserves and commits an operation before it sends it, commits a notification
// before it acknowledges it, and queries the wallet after an unknown outcome before it
// repeats anything.
//
// [New] makes an [Engine] from a [Config]; [Engine.Run] sends the status queries that are
// due and calls the handlers of [Engine.Subscribe], until its context ends. Any number of
// nodes may run over one store. The package knows no HTTP router, no SQL and no wallet by
// name: it leaves storage to [Store], prices to package pricing, one wallet's limits and
// circuit breaker to package outbound, agreements to package agreement, the dispatcher of
// the outbox to package outbox, webhooks to package webhook, and HTTP to the packages
// miniapp, merchant and server.
package engine
