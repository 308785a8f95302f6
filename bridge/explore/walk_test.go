package explore_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A sequence is the number of the alternative that is taken at each choice point.
// Alternative 0 is what well-behaved wallets, merchants and processes do.
type sequence []int

// String is the form that -explore.replay takes, without trailing zeros.
func (s sequence) String() string {
	text := make([]string, 0, len(s))
	for _, choice := range s[:s.last()] {
		text = append(text, strconv.Itoa(choice))
	}
	return strings.Join(text, ".")
}

// parseSequence is the inverse of String.
func parseSequence(text string) (sequence, error) {
	var s sequence
	for field := range strings.SplitSeq(text, ".") {
		if text == "" {
			break
		}
		choice, err := strconv.Atoi(field)
		if err != nil || choice < 0 {
			return nil, fmt.Errorf("%q is not a sequence of choices such as 3.0.1", text)
		}
		s = append(s, choice)
	}
	return s, nil
}

// last is the length of s without trailing zeros.
func (s sequence) last() int {
	n := len(s)
	for n > 0 && s[n-1] == 0 {
		n--
	}
	return n
}

// faults counts the choices that are not alternative 0.
func (s sequence) faults() int {
	n := 0
	for _, choice := range s {
		if choice != 0 {
			n++
		}
	}
	return n
}

// simpler reports whether s has fewer faults than other, or as many that come sooner.
func (s sequence) simpler(other sequence) bool {
	if s.faults() != other.faults() {
		return s.faults() < other.faults()
	}
	return s.last() < other.last()
}

// bounds limit a walk. A choice point beyond depth takes alternative 0, and so does
// every choice point after as many faults.
type bounds struct{ depth, faults int }

// String is what the bounds allow.
func (b bounds) String() string {
	if b.faults >= b.depth {
		return fmt.Sprintf("%d free choices", b.depth)
	}
	return fmt.Sprintf("%d free choices of which at most %d are faults", b.depth, b.faults)
}

// choices are those of one run: first the plan, then alternative 0.
type choices struct {
	plan         sequence
	taken        sequence
	alternatives []int
}

// pick returns the alternative to take at a choice point that has n of them.
func (c *choices) pick(n int) int {
	choice := 0
	if i := len(c.taken); i < len(c.plan) {
		choice = c.plan[i]
	}
	if choice >= n {
		panic(fmt.Sprintf("choice point %d has %d alternatives, and the sequence %v takes alternative %d", len(c.taken), n, c.plan, choice))
	}
	c.taken, c.alternatives = append(c.taken, choice), append(c.alternatives, n)
	return choice
}

// next is the plan of the run that follows in depth-first order, or nil after the last:
// the last choice that has another alternative within the bounds takes it.
func (c *choices) next(b bounds) sequence {
	faults := c.taken.faults()
	for i := len(c.taken) - 1; i >= 0; i-- {
		if c.taken[i] != 0 {
			faults--
		}
		if i < b.depth && c.taken[i]+1 < c.alternatives[i] && faults < b.faults {
			return append(slices.Clone(c.taken[:i]), c.taken[i]+1)
		}
	}
	return nil
}

// walk calls run with every plan within the bounds, and returns how many there were. A
// run that meets other choice points than the one before it, up to the choice in which
// they differ, does not depend on its choices alone, and walk panics.
func walk(b bounds, run func(c *choices)) int {
	var before choices
	count := 0
	for plan := (sequence{}); plan != nil; plan = before.next(b) {
		c := choices{plan: plan}
		run(&c)
		if n := len(plan); n > 0 && (len(c.taken) < n || !slices.Equal(c.alternatives[:n], before.alternatives[:n])) {
			panic(fmt.Sprintf("sequence %v met %v alternatives, and the one before it met %v", plan, c.alternatives, before.alternatives))
		}
		before = c
		count++
	}
	return count
}
