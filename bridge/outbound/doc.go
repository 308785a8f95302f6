// Package outbound is one wallet as the engine calls it: bounded calls with a deadline of
// their own, a circuit breaker, the pace of status queries, and what the outcome of a call
// proves.
//
//	success ─► Accepted    refusal ─► Refused    not executed ─► Undone    anything else ─► Unclear
//
// It knows no orders. The wire is the adapter's.
package outbound
