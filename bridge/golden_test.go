package bridge

import (
	"fmt"
	"strings"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/golden"
)

// cells are the outcomes of one kind of news by its source, in one line for each outcome.
type cells struct {
	outcomes []string
	sources  map[string][]string // by outcome
	count    int
}

func (l *cells) add(outcome, source string) {
	if l.sources == nil {
		l.sources = map[string][]string{}
	}
	if l.sources[outcome] == nil {
		l.outcomes = append(l.outcomes, outcome)
	}
	l.sources[outcome] = append(l.sources[outcome], source)
	l.count++
}

func (l *cells) write(g *golden.Table, news string) {
	for _, outcome := range l.outcomes {
		by := strings.Join(l.sources[outcome], ", ")
		if len(l.sources[outcome]) == l.count {
			by = "any source"
		}
		g.Line(outcome, news, by)
	}
}

// standing is how an order stands, in one line for readers.
func standing(o *Order) string {
	words := []string{string(o.Status)}
	amount := func(name string, minor int64) {
		if minor != 0 {
			words = append(words, fmt.Sprintf("%s %d", name, minor))
		}
	}
	amount("paid", o.Paid)
	amount("refunded", o.Refunded)
	amount("refund open", o.RefundOpen)
	amount("reversed", o.Reversed)
	for i := range o.Payments {
		p := &o.Payments[i]
		if p.Status != o.Status || len(o.Payments) > 1 {
			words = append(words, fmt.Sprintf("payment %d %s", p.Number, p.Status))
		}
		if p.LateHold {
			words = append(words, "held late")
		}
		if p.Operation != nil {
			words = append(words, "operation open")
		}
	}
	for _, r := range o.Refunds {
		words = append(words, fmt.Sprintf("refund %d %s", r.Number, r.Status))
	}
	if o.Closed != "" {
		words = append(words, "closed as "+string(o.Closed))
	}
	for _, why := range o.Attention() {
		words = append(words, "! "+string(why))
	}
	return strings.Join(words, ", ")
}

// became is what a change has made of an order, and the fault that it reported.
func became(c *Change, events int, err error) string {
	outcome := standing(&c.Order)
	if len(c.Events) == events {
		outcome = "no change"
	}
	if err != nil {
		outcome += " (" + fault.KindOf(err).String() + ")"
	}
	return outcome
}
