package simulator

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault is one way in which the provider misbehaves.
type Fault string

// The faults of a call.
const (
	SlowAnswer     Fault = "slow_answer"     // executed, answered after Delay
	ServerError    Fault = "server_error"    // executed, answered 502 with HTML
	GarbageAnswer  Fault = "garbage_answer"  // executed, answered with bytes that are no JSON
	UnsignedAnswer Fault = "unsigned_answer" // executed, the signature left out
	ForgedAnswer   Fault = "forged_answer"   // executed, the signature of something else
	CutBefore      Fault = "cut_before"      // connection closed, nothing executed
	CutAfter       Fault = "cut_after"       // executed, connection closed
	UnknownOutcome Fault = "unknown_outcome" // executed, answered UNKNOWN_OUTCOME
	TrafficLimit   Fault = "traffic_limit"   // refused for now, nothing executed
	Refused        Fault = "refused"         // refused for good, nothing executed
)

// The faults of a notification.
const (
	LoseNotification    Fault = "lose_notification"    // never sent, thought delivered
	DoubleNotification  Fault = "double_notification"  // sent twice at once
	DelayNotification   Fault = "delay_notification"   // Delay later; those behind it wait
	ReorderNotification Fault = "reorder_notification" // Delay later; those behind it overtake
	ForgeNotification   Fault = "forge_notification"   // this attempt signed wrongly
	LieAmount           Fault = "lie_amount"           // this attempt tells one minor unit more
	LieCurrency         Fault = "lie_currency"         // this attempt tells another currency
)

var (
	callFaults = []Fault{
		SlowAnswer, ServerError, GarbageAnswer, UnsignedAnswer, ForgedAnswer,
		CutBefore, CutAfter, UnknownOutcome, TrafficLimit, Refused,
	}
	notificationFaults = []Fault{
		LoseNotification, DoubleNotification, DelayNotification, ReorderNotification,
		ForgeNotification, LieAmount, LieCurrency,
	}
)

// ErrFault says that a rule makes no sense.
var ErrFault = errors.New("simulator: not a fault rule")

// Rule switches a fault on: for the next Next calls, or by chance at Rate, or, when
// both are zero, always.
type Rule struct {
	Fault Fault         `json:"fault"`
	Path  string        `json:"path,omitempty"` // only calls whose path starts so: "/v1/refunds"
	Next  int           `json:"next,omitempty"`
	Rate  float64       `json:"rate,omitempty"` // 0 to 1
	Delay time.Duration `json:"-"`              // "delay":"2s" in /control/faults
}

// Faults are switches. Chance is drawn from the provider's seed, so a sequence of
// calls meets the same faults each time.
type Faults struct {
	mu    sync.Mutex
	rules []Rule
	seed  uint64
	dice  *rand.Rand
}

func newFaults(seed uint64) *Faults {
	f := &Faults{seed: seed}
	f.Clear()
	return f
}

// Set adds a rule. The first rule that applies to a call decides.
func (f *Faults) Set(rule Rule) error {
	if !slices.Contains(callFaults, rule.Fault) && !slices.Contains(notificationFaults, rule.Fault) {
		return fmt.Errorf("%w: there is no fault %q", ErrFault, rule.Fault)
	}
	if rule.Next < 0 || rule.Rate < 0 || rule.Rate > 1 || rule.Delay < 0 || rule.Delay > time.Hour {
		return fmt.Errorf("%w: next, rate or delay is out of range", ErrFault)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = append(f.rules, rule)
	return nil
}

// Next switches a fault on for the next n calls or notifications. It panics on an
// unknown fault.
func (f *Faults) Next(fault Fault, n int) {
	if err := f.Set(Rule{Fault: fault, Next: n}); err != nil {
		panic(err)
	}
}

// Rules are the rules in force.
func (f *Faults) Rules() []Rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.rules)
}

// Clear switches everything off and starts chance anew.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules, f.dice = nil, rand.New(rand.NewPCG(f.seed, 1))
}

func (f *Faults) call(path string) Rule { return f.take(callFaults, path) }

func (f *Faults) notification() Rule { return f.take(notificationFaults, "") }

// take uses up the first rule that applies; the zero Rule is no fault.
func (f *Faults) take(kinds []Fault, path string) Rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.rules {
		rule := f.rules[i]
		if !slices.Contains(kinds, rule.Fault) || !strings.HasPrefix(path, rule.Path) {
			continue
		}
		if rule.Rate > 0 && f.dice.Float64() >= rule.Rate {
			continue
		}
		f.use(i)
		return rule
	}
	return Rule{}
}

func (f *Faults) use(i int) {
	if f.rules[i].Next == 0 {
		return
	}
	f.rules[i].Next--
	if f.rules[i].Next == 0 {
		f.rules = slices.Delete(f.rules, i, i+1)
	}
}
