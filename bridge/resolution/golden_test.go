package resolution

import (
	"fmt"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/bridgetest"
	"github.com/minitill/minitill/fault"
)

// standing is how an order stands, in one line for readers.
func standing(o *bridge.Order) string {
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

// became is what a change has made of an order.
func became(c *bridge.Change, events int) string {
	if len(c.Events) == events {
		return "no change"
	}
	return standing(&c.Order)
}

// explain is a fault as the caller reads it.
func explain(err error) string {
	f := fault.Of(err)
	words := []string{f.Kind.String()}
	if f.Detail != "" {
		words = append(words, f.Detail)
	}
	for _, field := range f.Fields {
		words = append(words, field.Name+" "+field.Detail)
	}
	return strings.ReplaceAll(strings.Join(words, ": "), string(bridgetest.ID.PaymentID(0)[:len(bridgetest.ID.PaymentID(0))-1]), "pay_…-")
}
