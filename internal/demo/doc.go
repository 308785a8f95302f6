// Package demo is a small shop that sells coffee by a till, with a window into the
// till beside it: every call, the order's state and its events as they happen.
//
// The shop is a browser page that pretends to be a mini program. It uses the same
// helper as one (/sdk/minitill.js) through a my object for browsers, browser-my.js,
// whose tradePay shows the sandbox wallet's cashier in a frame.
//
//	shop ── helper ── browser-my.js ──► /miniapp/v1      the client API
//	                        │─────────► the cashier      in a frame, tells its resultCode
//	                        │─────────► the wallet       by its link, QR code or methods
//	panel ──────────────────┴─────────► /demo/events     what the till wrote down
//
// The package serves files and events, and knows neither the engine nor the sandbox:
// Config brings what it needs. It belongs to the sandbox and to simulators on the same
// machine, and is not served beside real wallets.
package demo
