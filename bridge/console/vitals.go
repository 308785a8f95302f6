package console

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
)

// Vitals is an engine.Observer that keeps the last calls and notifications of each wallet on
// this node, in memory, for the page of wallets. Its zero value is ready.
type Vitals struct {
	Now func() time.Time // nil: time.Now

	mu      sync.Mutex
	wallets map[string]*vital
}

var _ engine.Observer = (*Vitals)(nil)

const (
	vitalCalls = 512       // that are kept of a wallet
	vitalTime  = time.Hour // for which they count
)

// vital is what is kept of one wallet.
type vital struct {
	calls    [vitalCalls]vitalCall // a ring
	next     int
	notified time.Time // the last notification that was accepted
	refused  time.Time // the last one that was not
	why      fault.Kind
}

type vitalCall struct {
	at      time.Time
	took    time.Duration
	outcome outbound.Outcome
}

// Called keeps a call to a wallet.
func (v *Vitals) Called(wallet string, _ outbound.Operation, outcome outbound.Outcome, took time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	w := v.of(wallet)
	w.calls[w.next] = vitalCall{v.now(), took, outcome}
	w.next = (w.next + 1) % vitalCalls
}

// Notified keeps when a wallet last notified.
func (v *Vitals) Notified(wallet string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if w := v.of(wallet); err == nil {
		w.notified = v.now()
	} else {
		w.refused, w.why = v.now(), fault.KindOf(err)
	}
}

// Committed is of no interest here.
func (v *Vitals) Committed(*bridge.Change, bool) {}

// Applied is of no interest here.
func (v *Vitals) Applied(string, time.Duration) {}

func (v *Vitals) now() time.Time {
	if v.Now == nil {
		return time.Now()
	}
	return v.Now()
}

// of returns what is kept of a wallet. The caller holds the lock.
func (v *Vitals) of(wallet string) *vital {
	if v.wallets == nil {
		v.wallets = map[string]*vital{}
	}
	if v.wallets[wallet] == nil {
		v.wallets[wallet] = new(vital)
	}
	return v.wallets[wallet]
}

// health is what the page shows of a wallet's last hour on this node.
type health struct {
	Calls             int // that were sent
	Median, Most      time.Duration
	Errors            []errorCount
	Notified, Refused time.Time
	Why               string // the last notification was refused
}

// errorCount counts calls that ended in one kind of fault, or were not sent.
type errorCount struct {
	Outcome string
	N       int
}

// health adds up the last calls of a wallet. Most is within which 95 of 100 calls ended.
func (v *Vitals) health(wallet string) health {
	v.mu.Lock()
	defer v.mu.Unlock()
	w := v.wallets[wallet]
	if w == nil {
		return health{}
	}
	h := health{Notified: w.notified, Refused: w.refused}
	if !w.refused.IsZero() {
		h.Why = w.why.String()
	}
	since, counts := v.now().Add(-vitalTime), map[string]int{}
	var took []time.Duration
	for _, c := range w.calls {
		if c.at.IsZero() || c.at.Before(since) {
			continue
		}
		if c.outcome.Sent() {
			took = append(took, c.took)
		}
		if c.outcome != outbound.OK {
			counts[string(c.outcome)]++
		}
	}
	slices.Sort(took)
	if h.Calls = len(took); h.Calls > 0 {
		h.Median, h.Most = took[(h.Calls-1)/2], took[(h.Calls-1)*95/100]
	}
	for _, outcome := range slices.Sorted(maps.Keys(counts)) {
		h.Errors = append(h.Errors, errorCount{outcome, counts[outcome]})
	}
	slices.SortStableFunc(h.Errors, func(a, b errorCount) int { return cmp.Compare(b.N, a.N) })
	return h
}
