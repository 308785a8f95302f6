// Package miniapp is the HTTP API that a mini program, an H5 page or a browser talks
// to: sessions, the catalog, orders and what became of them.
//
//	POST /sessions ──► session token ──► POST /orders ──► action, order token
//	                                                          │ the payer pays
//	GET /orders/{id}?wait=25s, …/stream, POST …/result ◄──────┘
//
// The client names items, never an amount, and what it saw at the cashier is a hint:
// every answer is what the engine knows. A token opens what it names and nothing
// else, and an order that is not the caller's does not exist for them.
//
// The package owns the tokens' use, the idempotency of requests and the form of the
// answers. It leaves money to bridge, keys to signing, the form of faults to
// bridge/problem, and the rest of the server to bridge/server.
package miniapp
