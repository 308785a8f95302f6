// Package miniapp is the HTTP API for mini programs, H5 pages and browsers: sessions, the
// catalog, orders and their status.
//
//	POST /sessions ──► session token ──► POST /orders ──► action, order token
//	                                                          │ the payer pays
//	GET /orders/{id}?wait=25s, …/stream, POST …/result ◄──────┘
//
// The client names items, never an amount, and the result that it saw at the cashier is a
// hint: every answer is the state in the engine. A session token opens the payer's orders
// and an order token one order; to the caller, other orders do not exist.
//
// The package owns authentication by these tokens, CORS, the envelope, and the form of
// requests and answers. It leaves orders and money to engine, keys to signing, handling, kept and
// held answers to bridge/web, and the form of faults to bridge/problem.
package miniapp
