// Package server is the till's HTTP side in one handler: it puts the client API,
// wallets' notifications, payers' pages, the helper script and the health checks on a
// router.
//
//	/miniapp/v1/…            package miniapp
//	/v1/…                    package merchant
//	/notify/{wallet}         the bytes as they came ──► engine ──► the wallet's own answer
//	/pay/{token}, /return/…  the truth ──► package pages
//	/.well-known/jwks.json   the keys that check receipts
//	/sdk/…                   the client helper
//	/docs, /openapi.json     what all of this is, for people and for programs
//	/healthz, /readyz        the process lives; it can take money
//
// It owns how requests come in and how mistakes go out: request ids, panics, proxies,
// unknown addresses. What an order is, what a page says and what a client may see is
// decided elsewhere. The handler works at the root and under http.StripPrefix.
//
// The host of the handler keeps its process: no global logger, signal or mode of Gin is
// touched. In Gin's debug mode, which is the default, Gin prints each route in New; set
// GIN_MODE=release, or call gin.SetMode. Shutdown of the host's http.Server ends answers
// that are held back, and its WriteTimeout does not cut them.
package server
