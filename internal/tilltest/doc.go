// Package tilltest is the world of tests: a till in memory beside a sandbox wallet, with
// one clock for both, the tokens and the merchant key that its callers need, and a host
// whose connections are pipes.
//
//	Send ──► server (checked against the API document) ──► engine ──► memstore
//	                                                          │ ▲
//	                                             sandbox wallet ▼ │ notifications, by Deliver
//	                                             simulator ───────┘
//
// Nothing opens a socket and nothing runs by itself, so that a World works in a synctest
// bubble and leaves no goroutine behind. Tokens, Send and Pipes also serve tests that
// script an engine of their own. The package is imported by tests only.
package tilltest
