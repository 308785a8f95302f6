package limit

import (
	"net/http"
	"sync"
	"time"

	"github.com/minitill/minitill/fault"
)

// PlaceLimits bound the answers that are held back at once, which are long polls and
// event streams. Zero takes the default.
type PlaceLimits struct {
	All        int // 5,000
	PerAddress int // 1,000: wallets and carriers put many payers behind one address
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

// Holder is whose answer is held back. What is empty is not counted.
type Holder struct{ Address, Order, Token string }

// Places are the answers that are held back.
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

// NewPlaces returns places, all of them free. counter may be nil.
func NewPlaces(limits PlaceLimits, counter Counter) *Places {
	return &Places{limits: limits.withDefaults(), counter: counter, taken: map[place]int{}}
}

const (
	// writeTime is how long a caller may take to accept an answer that was held back.
	writeTime = 20 * time.Second
	// retryHeld is when a caller may try again to have an answer held back.
	retryHeld = 5 * time.Second
)

// Hold takes a place for an answer that is held back for d at most, and moves the
// deadlines of its connection accordingly: those of the server are for answers that come
// at once. release gives the place back.
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
		return held(fault.Unavailable, "Too many callers wait for news. Try again later.")
	}
	for _, at := range places {
		if p.taken[at] >= p.limits.of(at.kind) {
			return held(fault.RateLimited, "Too many of your requests wait for news. Try again later.")
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
