// Package web holds what the HTTP APIs of this module share: package merchant, package
// miniapp and the pages of package server.
//
//	request ──► Handle ──► Bearer, ReadParameters, FindOrder ──► engine
//	                                                               │
//	answer ◄── Send, SendOutcome, Page ◄── Held (long polls, streams) ◄──┘
//
// A handler returns its fault and Handle renders it. An answer that is kept with an
// idempotency key is made once, by Render, and sent again byte for byte. An answer that
// is held back ends with its request, with its time, or with the http.Server. Where the
// connection can park a request, a long poll leaves its handler, which is called again for
// the answer.
//
// The package decides nothing about orders. It leaves the form of faults and request
// bodies to bridge/problem, and the number of held answers to bridge/limit.
package web
