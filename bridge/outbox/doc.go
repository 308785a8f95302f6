// Package outbox dispatches the messages of the outbox to endpoints: merchants' backends,
// see package webhook, and subscriptions of this process, see package engine. Each message
// is retried until its endpoint accepts it or three days have passed; then it is dead.
//
//	outbox ── due ───► scheduler ── a worker for each endpoint with messages due
//	       ── claim ─► worker ── Endpoint.Deliver ──► the endpoint
//	       ◄─ finish ─        ◄── nil: accepted ─────
//
// A claim is a lease: no other node attempts the message until the lease ends. Delivery is
// at least once. Messages of one order reach one endpoint in order. An endpoint that is slow
// or down delays its own messages only. One that accepts nothing for five days, or is gone,
// is disabled.
package outbox
