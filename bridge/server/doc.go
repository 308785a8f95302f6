// Package server is the HTTP server of Minitill as one handler: it mounts the client API,
// the merchant API, wallets' notifications, payers' pages, the helper script, the
// documentation and the health checks on a router.
//
//	/miniapp/v1/…            package miniapp
//	/v1/…                    package merchant
//	/notify/{wallet}         unchanged bytes ──► engine ──► the answer of the wallet's adapter
//	/pay/{token}, /return/…  the order ──► package pages
//	/.well-known/jwks.json   the public keys of receipts
//	/sdk/…                   the client helper
//	/docs, /openapi.json     the documentation, as a page and as an OpenAPI document
//	/healthz, /readyz        liveness and readiness
//
// It owns request ids, panics, trusted proxies, unknown addresses and payers' pages. It
// leaves the state of orders to engine, the text of pages to package pages, and what a
// client may see to miniapp and merchant. The handler works at the root and under
// http.StripPrefix.
//
// The host of the handler keeps its process: no global logger, signal or mode of Gin is
// touched. In Gin's debug mode, which is the default, Gin prints each route in New; set
// GIN_MODE=release, or call gin.SetMode. Shutdown of the host's http.Server ends answers
// that are held back, and its WriteTimeout does not cut them.
package server
