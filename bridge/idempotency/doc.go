// Package idempotency ties a request to its caller's idempotency key: the key is claimed in
// the commit that begins the request, the answer is stored in the commit that settles it,
// and a repeat of the request gets that answer byte for byte. Answers are stored sealed,
// since they contain personal data and tokens.
//
//	claim the key ─► reserve, commit ─► call the wallet ─► settle: Keep the answer, commit
//	       └─ claimed before: Replay the answer, or resume the request
//
// The package stores nothing itself: claims and answers are part of a bridge.Change.
package idempotency
