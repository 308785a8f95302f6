// Package conns is an HTTP server with limits: connections, in all and by address, requests
// that run at once, and the time to send a request, to answer it, and between two requests.
//
//	Accept ─► admit ─► waiting for a request ─► handler ─► waiting …
//	             │             │                    │
//	             │             │                    └─ a request too many: 429 or 503
//	             └─ full ──────┴─ the connection that is idle longest is closed
//
// A long poll is parked: the connection is taken from net/http for the time of the wait, and
// given back with the same request, which the handler then answers. Meanwhile two small
// goroutines remain of it, and the text of the request.
//
//	handler ─► Park ─► hold ─► wait ─► net/http reads the request again ─► handler answers
//	                     └─ watch: the peer disconnects, or sends its next request
//
// At the limit, the connection that is idle longest is closed for a new one. Capacity is
// reserved for requests to kept paths, which are notifications and health checks.
//
// At shutdown, parked requests are answered first, since net/http does not know of them. A peer has a short deadline to send the rest of a request or to read an
// answer; requests that run are completed.
package conns
