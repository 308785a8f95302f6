package provider

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Faults are the injected faults of one simulator: the rules in force, in order. All methods
// are safe for concurrent use. Random numbers come from the seed, so the same calls in the same
// order meet the same faults.
type Faults struct {
	declared Declared
	seed     uint64

	mu    sync.Mutex
	rules []Rule
	dice  *rand.Rand
}

// NewFaults returns Faults without a rule.
func NewFaults(declared Declared, seed uint64) *Faults {
	f := &Faults{declared: declared, seed: seed}
	f.Clear()
	return f
}

// Inject adds rules after those in force. It panics on a rule that can never apply, since that
// is a mistake in a test.
func (f *Faults) Inject(rules ...Rule) {
	for _, rule := range rules {
		if err := f.Add(rule); err != nil {
			panic(err)
		}
	}
}

// maxRules bounds the rules in force.
const maxRules = 100

// Add adds one rule, or returns ErrRule.
func (f *Faults) Add(rule Rule) error {
	if err := f.declared.check(rule); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.rules) >= maxRules {
		return fmt.Errorf("%w: %d are in force already; clear them first", ErrRule, maxRules)
	}
	f.rules = append(f.rules, rule)
	return nil
}

// Clear removes all rules and restarts the random numbers.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules, f.dice = nil, rand.New(rand.NewPCG(f.seed, 1))
}

// Rules returns the rules in force, the oldest first.
func (f *Faults) Rules() []Rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.rules)
}

// Call returns the rule that decides about a call; the zero Rule is no fault.
func (f *Faults) Call(endpoint string) Rule {
	return f.Draw(endpoint, nil, f.declared.Calls...)
}

// News returns the rule that decides about one attempt to notify.
func (f *Faults) News() Rule {
	return f.Draw(Notify, nil, f.declared.News...)
}

// Happens draws a fault that can happen at an endpoint, which is empty for a fault that belongs
// to no call in particular.
func (f *Faults) Happens(fault Fault, endpoint string) bool {
	return f.Draw(endpoint, nil, fault).Fault != ""
}

// usualLag is the delay of LagQuery where a rule names none.
const usualLag = 20 * time.Second

// Lags draws LagQuery: it is true when a query must be answered as if a change at a given time
// had not happened yet.
func (f *Faults) Lags(endpoint string, changed, now time.Time) bool {
	recent := func(r Rule) bool { return now.Before(changed.Add(cmp.Or(r.Delay, usualLag))) }
	return f.Draw(endpoint, recent, LagQuery).Fault != ""
}

// Armed reports whether any rule is about one of these faults.
func (f *Faults) Armed(faults ...Fault) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.rules, func(r Rule) bool { return slices.Contains(faults, r.Fault) })
}

// Pick returns one of several texts at random.
func (f *Faults) Pick(texts ...string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return texts[f.dice.IntN(len(texts))]
}

// Draw returns the first rule that is about an endpoint and one of these faults and that can
// happen now; a nil can is always true. The zero Rule is no fault. Draw counts a rule with
// Times down.
func (f *Faults) Draw(endpoint string, can func(Rule) bool, faults ...Fault) Rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.rules {
		rule := &f.rules[i]
		switch {
		case !slices.Contains(faults, rule.Fault) || !f.declared.applies(*rule, endpoint):
		case can != nil && !can(*rule):
		case rule.Skip > 0:
			rule.Skip--
		case rule.Rate > 0 && f.dice.Float64() >= rule.Rate:
		default:
			taken := *rule
			f.use(i)
			return taken
		}
	}
	return Rule{}
}

// use counts a rule down and removes it at zero.
func (f *Faults) use(i int) {
	if f.rules[i].Times == 0 {
		return
	}
	f.rules[i].Times--
	if f.rules[i].Times == 0 {
		f.rules = slices.Delete(f.rules, i, i+1)
	}
}
