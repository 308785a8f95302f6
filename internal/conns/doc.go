// Package conns is an HTTP server with limits: connections, in all and by address, requests
// that run at once, and the time to send a request, to answer it, and between two requests.
//
//	Accept ─► admit ─► waiting for a request ─► handler ─► waiting …
//	             │             │                    │
//	             │             │                    └─ a request too many: 429 or 503
//	             └─ full ──────┴─ the connection that is idle longest is closed
//
// At the limit, the connection that is idle longest is closed for a new one. Capacity is
// reserved for requests to kept paths, which are notifications and health checks.
//
// At shutdown, a peer has a short deadline to send the rest of a request or to read an
// answer; requests that run are completed.
package conns
