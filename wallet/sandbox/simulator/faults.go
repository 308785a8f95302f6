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
	BatchEvents         Fault = "batch_events"         // kept for Delay, then told with all that are kept for the same URL
	PaymentIDOnly       Fault = "payment_id_only"      // this attempt names the provider's own ids only
)

// The faults of what is told, by a query's answer or by one attempt of a notification.
const (
	AmountMissing Fault = "amount_missing" // of a paid payment, no amount
	AmountHuge    Fault = "amount_huge"    // an amount beyond int64
	TimeHuge      Fault = "time_huge"      // a time beyond the year 9999
	UnknownStatus Fault = "unknown_status" // a status that no document names
)

// The faults of what is done. Each is drawn only where it can happen.
const (
	RefuseRepeat   Fault = "refuse_repeat"   // a repeat of an executed create, capture, void or refund is refused
	LagQuery       Fault = "lag_query"       // a query answers as before the last change, for Delay after it (20 s)
	CancelReverses Fault = "cancel_reverses" // cancel of a paid payment gives the money back
	RefuseCancel   Fault = "refuse_cancel"   // cancel of an open payment is refused for good
	ChangeID       Fault = "change_id"       // a payment gets another id when the payer pays
)

// Notify is the path that rules name to be about notifications only.
const Notify = "notify"

var (
	callFaults = []Fault{
		SlowAnswer, ServerError, GarbageAnswer, UnsignedAnswer, ForgedAnswer,
		CutBefore, CutAfter, UnknownOutcome, TrafficLimit, Refused,
	}
	notificationFaults = []Fault{
		LoseNotification, DoubleNotification, DelayNotification, ReorderNotification,
		ForgeNotification, LieAmount, LieCurrency, BatchEvents, PaymentIDOnly,
	}
	toldFaults  = []Fault{AmountMissing, AmountHuge, TimeHuge, UnknownStatus}
	stateFaults = []Fault{RefuseRepeat, LagQuery, CancelReverses, RefuseCancel, ChangeID}
)

// ErrFault says that a rule makes no sense.
var ErrFault = errors.New("simulator: not a fault rule")

// Rule switches a fault on: for the next Next calls, or by chance at Rate, or, when
// both are zero, always. Only where the fault can happen is it counted and drawn: a rule
// for the next repeat waits for a repeat.
type Rule struct {
	Fault Fault         `json:"fault"`
	Path  string        `json:"path,omitempty"` // only calls whose path starts so: "/v1/refunds"; or Notify
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

// Set adds a rule. The first rule that applies to a call decides; faults of what is told
// and of what is done come on top of it.
func (f *Faults) Set(rule Rule) error {
	if !slices.Contains(slices.Concat(callFaults, notificationFaults, toldFaults, stateFaults), rule.Fault) {
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

func (f *Faults) call(path string) Rule { return f.take(callFaults, path, always) }

func (f *Faults) notification() Rule { return f.take(notificationFaults, Notify, always) }

// armed says whether any rule is about one of these faults.
func (f *Faults) armed(kinds []Fault) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.rules, func(r Rule) bool { return slices.Contains(kinds, r.Fault) })
}

// draw says whether a fault that can happen does.
func (f *Faults) draw(fault Fault, path string) bool {
	return f.take([]Fault{fault}, path, always).Fault != ""
}

// pick is one of several texts, by chance.
func (f *Faults) pick(texts ...string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return texts[f.dice.IntN(len(texts))]
}

func always(Rule) bool { return true }

// take uses up the first rule that applies; the zero Rule is no fault.
func (f *Faults) take(kinds []Fault, path string, applies func(Rule) bool) Rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.rules {
		rule := f.rules[i]
		if !slices.Contains(kinds, rule.Fault) || !strings.HasPrefix(path, rule.Path) || !applies(rule) {
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
