package limit

import (
	"net/http"
	"sync"
	"time"

	"github.com/minitill/minitill/fault"
)

// PlaceLimits bounds the long polls and event streams that are held at once. Zero is the
// default.
type PlaceLimits struct {
	All        int // 5,000
	PerAddress int // 1,000: many payers share the address of a wallet or carrier
	PerOrder   int // 32
	PerToken   int // 16
}

func (l PlaceLimits) withDefaults() PlaceLimits {
	set := func(n *int, usual int) {
		if *n == 0 {
			*n = usual
		}
	}
	set(&l.All, 5000)
	set(&l.PerAddress, 1000)
	set(&l.PerOrder, 32)
	set(&l.PerToken, 16)
	return l
}

// Holder is the caller of a held answer. An empty member is not counted.
type Holder struct{ Address, Order, Token string }

// Places counts the answers that are held.
type Places struct {
	limits  PlaceLimits
	counter Counter

	mu    sync.Mutex
	all   int
	taken map[place]int
}

type place struct {
	kind byte // a, o or t
	key  string
}

// NewPlaces returns a count of zero. counter may be nil.
func NewPlaces(limits PlaceLimits, counter Counter) *Places {
	return &Places{limits: limits.withDefaults(), counter: counter, taken: map[place]int{}}
}

const (
	// writeTime bounds the write of an answer that was held.
	writeTime = 20 * time.Second
	// retryHeld is the Retry-After of a caller above the limits.
	retryHeld = 5 * time.Second
)

// Hold takes a place for an answer that is held for d at most, and moves the deadlines of
// its connection beyond that, since the server's are for answers without a wait. The
// caller calls release.
//
// Faults: RateLimited for too many of one holder; Unavailable for too many in all.
func (p *Places) Hold(w http.ResponseWriter, of Holder, d time.Duration) (release func(), err error) {
	places := of.places()
	if err := p.take(places); err != nil {
		if p.counter != nil {
			p.counter.Refused(Wait)
		}
		return nil, err
	}
	control, end := http.NewResponseController(w), time.Now().Add(d+writeTime)
	_ = control.SetReadDeadline(end) // not every writer has deadlines
	_ = control.SetWriteDeadline(end)
	return func() { p.free(places) }, nil
}

func (h Holder) places() []place {
	list := make([]place, 0, 3)
	for _, at := range [...]place{{'a', h.Address}, {'o', h.Order}, {'t', h.Token}} {
		if at.key != "" {
			list = append(list, at)
		}
	}
	return list
}

func (p *Places) take(places []place) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= p.limits.All {
		return held(fault.Unavailable, "Too many requests are waiting. Try again later.")
	}
	for _, at := range places {
		if p.taken[at] >= p.limits.of(at.kind) {
			return held(fault.RateLimited, "Too many of your requests are waiting. Try again later.")
		}
	}
	p.all++
	for _, at := range places {
		p.taken[at]++
	}
	return nil
}

func (p *Places) free(places []place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	for _, at := range places {
		if p.taken[at]--; p.taken[at] == 0 {
			delete(p.taken, at)
		}
	}
}

func (l PlaceLimits) of(kind byte) int {
	switch kind {
	case 'a':
		return l.PerAddress
	case 'o':
		return l.PerOrder
	}
	return l.PerToken
}

func held(kind fault.Kind, detail string) error {
	return &fault.Error{Kind: kind, Op: "limit.Hold", RetryAfter: retryHeld, Detail: detail}
}
