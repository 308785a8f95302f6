// Package quote requests the price of an order from the merchant's own server.
//
//	client ── items ──► engine ── Price ──► Asker ── POST, signed ──► the merchant's server
//	                           ◄── amount ──       ◄── 200: amount, 422: why not ──
//
// The request is signed as webhooks are (package webhook), so that the server can verify
// its sender. The answer is authenticated by TLS and the address that the operator
// configured, without redirects. A price is not an order: it may be requested twice for
// one order, and for orders that are never created.
package quote
