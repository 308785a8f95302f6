// Package limit holds the limits that the HTTP APIs share: the address of a caller, how
// many requests it may send in a time, and how many of its answers are held at once.
//
//	request ──► Proxies.Client ──► address ─┬─► Gate.Take      so many in a minute
//	                                        ├─► Gate.Blocked   after too many failures
//	                                        └─► Places.Hold    long polls and event streams
//	                                                └─► Parker.Park  while one waits, without its handler
//
// While the Limiter is unavailable, requests pass: payments matter more than limits. The
// package leaves connections to the server that accepts them.
package limit
