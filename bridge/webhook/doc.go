// Package webhook delivers the events of orders to merchants' backends: it signs the
// messages of the outbox, retries each until it is accepted or three days have passed,
// and verifies such requests for Go programs that receive them.
//
//	outbox ── due ───► scheduler ── a worker for each endpoint with messages due
//	       ── claim ─► worker ── POST, signed ──► the endpoint
//	       ◄─ finish ─        ◄── 2xx: accepted ─
//
// Endpoints come from a configuration or from the store, where a [Registrar] reads them
// and opens their secrets. An endpoint that accepts nothing for five days, or answers 410,
// is disabled. After 429 and 503 nothing is sent before the time in Retry-After, an hour
// at most.
//
// An endpoint may also be a function of this process, see [Endpoint.Deliver]: it has the
// same leases, retries and dead messages.
//
// Requests follow the Standard Webhooks scheme: the headers webhook-id,
// webhook-timestamp and webhook-signature, whose signature is HMAC-SHA256 over
//
//	id "." timestamp "." body
//
// Delivery is at least once; the id is the same each time. Messages of one order reach
// one endpoint in order. An endpoint that is slow or down delays its own messages only.
package webhook
