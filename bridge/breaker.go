package bridge

import (
	"sync"
	"time"

	"github.com/minitill/minitill/fault"
)

// The circuit of a wallet opens after so many calls in a row that brought no answer,
// and lets one call through after a pause that grows while it brings none either.
const (
	breakAfter   = 20
	breakFirst   = time.Second
	breakLongest = 30 * time.Second
)

// breaker keeps us from calling a wallet that is down: its own payers hear so at
// once, and nobody else waits behind them. Only silence counts, never a refusal.
type breaker struct {
	mu      sync.Mutex
	silent  int // calls in a row without an answer
	pause   time.Duration
	until   time.Time // when the next call is let through
	probing bool      // that call is under way
}

// allow says whether a call may be made now, and if not, when to ask again. Who is
// allowed must report the outcome.
func (b *breaker) allow(now time.Time) (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.silent < breakAfter:
		return 0, true
	case now.Before(b.until):
		return b.until.Sub(now), false
	case b.probing:
		return breakFirst, false
	}
	b.probing = true
	return 0, true
}

// report notes the outcome of a call that was allowed. It returns true when the
// circuit has opened or closed by it.
func (b *breaker) report(now time.Time, err error) (turned bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	if !silence(err) {
		turned = b.silent >= breakAfter
		b.silent, b.pause = 0, 0
		return turned
	}
	b.silent++
	if b.silent < breakAfter {
		return false
	}
	b.pause = min(max(2*b.pause, breakFirst), breakLongest)
	b.until = now.Add(b.pause)
	return b.silent == breakAfter
}

// open says that the wallet is taken for down.
func (b *breaker) open(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.silent >= breakAfter && now.Before(b.until)
}

// silence says that a call brought no answer of the wallet's own.
func silence(err error) bool {
	kind := fault.KindOf(err)
	return err != nil && (kind == fault.Unknown || kind == fault.Internal ||
		kind == fault.Unavailable && fault.Of(err).RetryAfter == 0)
}
