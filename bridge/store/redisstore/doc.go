// Package redisstore keeps what may vanish: used nonces, limits, and the wake-ups that notify
// other nodes which orders have changed.
//
// It speaks to a real Redis (a server, a cluster, or the server that sentinels name),
// or to one that it runs inside the process. The embedded
// one has no listener: the same client reaches it through memory, so there is no
// port to guard and nothing to configure.
//
//	node A ── Publish(ids) ──► buffer ──► PUBLISH ──► Redis ──► Subscribe ── wake ──► node B
//
// Losing Redis at any moment costs speed only. No method blocks for
// longer than a quarter of a second; for a second after a failure no command is sent, and
// every method returns fault.Unavailable at once. Publish drops what it cannot send.
// While Healthy is false, subscribers have to poll.
//
// The embedded Redis does not age its keys. A goroutine moves its clock once a
// second, and every value carries the moment at which it ends, which is what counts.
//
// The package leaves to its callers what an unavailable answer means for them: a
// nonce that cannot be checked is not the same risk as a limit that cannot.
package redisstore
