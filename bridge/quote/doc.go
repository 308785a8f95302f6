// Package quote lets a merchant's own server say what an order costs.
//
//	client ── items ──► engine ── Price ──► Asker ── POST, signed ──► the merchant's server
//	                           ◄── amount ──       ◄── 200: amount, 422: why not ──
//
// The request is signed as webhooks are (package webhook), so the server knows that it
// is the till that asks. Its answer is believed because of where it was asked for: over
// TLS, at the address that the operator configured, without redirects. Asking for a
// price binds nobody; it may be asked twice for one order, and for orders that are
// never made.
package quote
