package outbound

import (
	"sync"
	"time"

	"github.com/minitill/minitill/fault"
)

// The circuit breaker of a wallet opens after breakAfter calls in a row without an answer.
// Half-open, it lets one call through after a pause, which doubles while there is still no
// answer.
const (
	breakAfter   = 20
	breakFirst   = time.Second
	breakLongest = 30 * time.Second
)

// breaker is the circuit breaker of one wallet. While it is open, calls are refused at
// once instead of each waiting for its deadline. Only a call without an answer counts as a
// failure, never a refusal.
type breaker struct {
	mu         sync.Mutex
	unanswered int // consecutive calls without an answer
	pause      time.Duration
	opened     time.Time // the last time
	until      time.Time // when the next call is let through
	probing    bool      // that call is under way
}

// allow reports whether a call may be made now, and if not, how long to wait before the next
// try. The caller of an allowed call must report its outcome.
func (b *breaker) allow(now time.Time) (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.unanswered < breakAfter:
		return 0, true
	case now.Before(b.until):
		return b.until.Sub(now), false
	case b.probing:
		return breakFirst, false
	}
	b.probing = true
	return 0, true
}

// report records the outcome of an allowed call that began then. changed reports that the
// breaker has opened or closed by it. An answer closes it, whenever its call began; the calls
// that were under way when it opened and get no answer either do not lengthen its pause.
func (b *breaker) report(began, now time.Time, err error) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !unanswered(err) {
		changed = b.unanswered >= breakAfter
		b.unanswered, b.pause, b.probing = 0, 0, false
		return changed
	}
	if began.Before(b.opened) {
		return false
	}
	b.probing = false
	b.unanswered++
	if b.unanswered < breakAfter {
		return false
	}
	b.pause = min(max(2*b.pause, breakFirst), breakLongest)
	b.opened, b.until = now, now.Add(b.pause)
	return b.unanswered == breakAfter
}

// room returns how many of the status queries that are ready to be sent the breaker would
// let through now, when others are under way: all of them while it is closed, none while it
// is open, and the probe alone while it is half-open.
func (b *breaker) room(now time.Time, ready, others int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.unanswered < breakAfter:
		return ready
	case now.Before(b.until) || b.probing || others > 0:
		return 0
	}
	return min(ready, 1)
}

// abandon ends an allowed call whose outcome proves nothing about the wallet, because the
// caller has canceled it. Where it was the probe, the next call is it instead.
func (b *breaker) abandon(began time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !began.Before(b.opened) {
		b.probing = false
	}
}

// open reports whether calls are refused now.
func (b *breaker) open(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.unanswered >= breakAfter && now.Before(b.until)
}

// unanswered reports whether a call ended without an answer of the wallet.
func unanswered(err error) bool {
	kind := fault.KindOf(err)
	return err != nil && (kind == fault.Unknown || kind == fault.Internal ||
		kind == fault.Unavailable && fault.Of(err).RetryAfter == 0)
}
