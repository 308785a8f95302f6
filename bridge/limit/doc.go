// Package limit holds the bounds that the HTTP APIs share: who a caller is, how often it
// may ask, and how many of its answers may be held back at once.
//
//	request ──► Proxies.Client ──► address ─┬─► Gate.Take      so many in a minute
//	                                        ├─► Gate.Blocked   after too many failures
//	                                        └─► Places.Hold    long polls and event streams
//
// The package decides nothing about money: while the Limiter is away, requests pass.
// It leaves connections to the server that accepts them.
package limit
