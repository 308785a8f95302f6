// Package webhook delivers the events of orders to merchants' backends: it signs the
// messages of the outbox and sends them, and verifies such requests for Go programs that
// receive them. Package outbox has the leases, the retries and the health of endpoints.
//
//	outbox.Dispatcher ── Deliver ──► Deliverer ── POST, signed ──► the endpoint
//	                                           ◄── 2xx: accepted ─
//
// Endpoints come from a configuration or from the store, where a [Registrar] reads them
// and opens their secrets. An endpoint that accepts nothing for five days, or answers 410,
// is disabled. After 429 and 503 nothing is sent before the time in Retry-After, an hour
// at most.
//
// Requests follow the Standard Webhooks scheme: the headers webhook-id,
// webhook-timestamp and webhook-signature, whose signature is HMAC-SHA256 over
//
//	id "." timestamp "." body
//
// Delivery is at least once; the id is the same each time. Messages of one order reach
// one endpoint in order. An endpoint that is slow or down delays its own messages only.
package webhook
