// Package webhook tells the merchants' backends what happened to their orders: it signs
// what stands in the outbox, delivers it until it is taken or three days have passed,
// and verifies such requests for Go programs that receive them.
//
//	outbox ── due ───► scheduler ── a worker for each endpoint that has something due
//	       ── claim ─► worker ── POST, signed ──► the endpoint
//	       ◄─ finish ─        ◄── 2xx: taken ────
//
// Endpoints come from a configuration or from the store, where a [Registrar] reads them
// and opens their secrets. One that takes nothing for five days, or answers 410, is
// disabled; after 429 and 503 nothing is sent before the time that Retry-After asks for, an
// hour at most.
//
// Requests follow the Standard Webhooks scheme: the headers webhook-id,
// webhook-timestamp and webhook-signature, whose signature is HMAC-SHA256 over
//
//	id "." timestamp "." body
//
// Delivery is at least once; the id is the same each time. Messages of one order reach
// one endpoint in order. An endpoint that is slow or down holds up its own messages
// and nobody else's.
package webhook
