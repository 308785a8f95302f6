// Package outbound is one wallet as the engine calls it: bounded calls with a deadline of
// their own, a circuit breaker, the pace of status queries, and what the outcome of a call
// proves.
//
//	success ─► Accepted    refusal ─► Refused    not executed ─► Undone    anything else ─► Unclear
//
// [Open] prepares a wallet; [Call] and [CallNamed] make a call, [Judge] tells what its outcome
// proves, and [OpenFault] and [Declined] make the fault for the caller. The package knows no
// orders. The wire format is the adapter's.
package outbound
