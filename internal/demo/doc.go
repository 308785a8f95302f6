// Package demo is a small coffee shop that is paid through Minitill, with a panel beside it
// that shows every call, the order's state and its events.
//
// The shop is a browser page that works as a mini program does. It uses the client helper
// (/sdk/minitill.js) with a my object for browsers, browser-my.js, whose tradePay shows
// the sandbox wallet's cashier in a frame.
//
//	shop ── helper ── browser-my.js ──► /miniapp/v1      the client API
//	                        │─────────► the cashier      in a frame, tells its resultCode
//	                        │─────────► the wallet       by its link, QR code or methods
//	panel ──────────────────┴─────────► /demo/events     the events of the order
//
// The package serves files and events, and depends neither on the engine nor on the sandbox:
// Config has what it needs. It is for the sandbox and for simulators on the same machine,
// and is not served beside real wallets.
package demo
