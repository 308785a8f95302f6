package bridge

import (
	"fmt"
	"maps"
	"slices"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// checkTexts refuses texts that are not kept, given as names and values in turn; see
// wallet.TextFlaw. The APIs refuse them in whatever they decode; this is for those who call
// the engine themselves, and for what comes from price servers.
//
// Faults: Invalid, naming each.
func checkTexts(op string, pairs ...string) error {
	var wrong fault.Fields
	for i := 0; i < len(pairs); i += 2 {
		if flaw := wallet.TextFlaw(pairs[i+1]); flaw != "" {
			wrong.Add(pairs[i], flaw)
		}
	}
	return wrong.Invalid(op)
}

// texts are a price's names and values in turn.
func (p *Price) texts() []string {
	pairs := []string{"description", p.Description, "reference", p.Reference}
	for i := range p.Items {
		item := fmt.Sprintf("items[%d].", i)
		pairs = append(pairs, item+"sku", p.Items[i].SKU, item+"name", p.Items[i].Name)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Metadata)) {
		pairs = append(pairs, "metadata", name, "metadata", p.Metadata[name])
	}
	return pairs
}

// masked is news without card numbers in the wallet's words. Its ids stay as they are: by
// them the wallet is asked.
func (n News) masked() News {
	n.Hint = wallet.MaskCardNumbers(n.Hint)
	if n.Payment != nil {
		p := maskedPayment(*n.Payment)
		n.Payment = &p
	}
	if n.Refund != nil {
		r := maskedRefund(*n.Refund)
		n.Refund = &r
	}
	return n
}

// maskedEvent is an event as it is kept, masked like news.
func maskedEvent(ev wallet.Event) wallet.Event {
	ev.Payment, ev.Refund = maskedPayment(ev.Payment), maskedRefund(ev.Refund)
	return ev
}

func maskedPayment(p wallet.Payment) wallet.Payment {
	p.Code, p.Method = wallet.MaskCardNumbers(p.Code), wallet.MaskCardNumbers(p.Method)
	return p
}

func maskedRefund(r wallet.Refund) wallet.Refund {
	r.Code = wallet.MaskCardNumbers(r.Code)
	return r
}
