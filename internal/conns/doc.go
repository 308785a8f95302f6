// Package conns serves HTTP on connections that are bounded: how many there are, in all
// and of one address, how many requests run at once, and how long each may take to send,
// to be answered, and to say nothing.
//
//	Accept ─► admit ─► waiting for a request ─► handler ─► waiting …
//	             │             │                    │
//	             │             │                    └─ a request too many: 429 or 503
//	             └─ full ──────┴─ the connection that waits longest is closed
//
// A connection on which no request runs is worth little: when there are too many, the
// one that has waited longest makes place. Requests to kept paths, which are wallets'
// notifications and the health checks, have room that no other request takes.
//
// When the server stops, a connection whose peer must act first (to send the rest of a
// request, or to read an answer) has a short time for it; requests that run, end.
package conns
