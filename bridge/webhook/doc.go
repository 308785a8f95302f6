// Package webhook tells the merchant's backend what happened to its orders: it signs
// what stands in the outbox, delivers it until it is taken or three days have passed,
// and verifies such requests for Go programs that receive them.
//
//	outbox ── claim ──► Deliverer ── POST, signed ──► the merchant's endpoint
//	       ◄── finish ──          ◄── 2xx: taken ────
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
