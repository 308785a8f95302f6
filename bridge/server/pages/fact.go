package pages

import (
	"fmt"
	"time"

	"github.com/minitill/minitill/wallet"
)

// fact is a line about the order: a label with a text or an amount.
type fact struct {
	Label, Text string
	Money       *wallet.Money
	Code        bool // an id, which people copy
}

// facts are the details of an order: an amount that was not paid, the refunds, and the ids
// by which the merchant finds the order.
func facts(v View, t *text) []fact {
	var list []fact
	if !v.state().moneyed() {
		list = append(list, fact{Label: t.Amount, Money: &v.Order.Amount})
	}
	if o := v.Order; o.Refunded.Positive() {
		list = append(list, fact{Label: t.Refunded, Money: &o.Refunded})
	}
	if o := v.Order; o.RefundPending.Positive() {
		list = append(list, fact{Label: t.RefundPending, Money: &o.RefundPending})
	}
	if v.Order.Reference != "" {
		list = append(list, fact{Label: t.Reference, Text: v.Order.Reference, Code: true})
	}
	return append(list, fact{Label: t.OrderNumber, Text: string(v.Order.ID), Code: true})
}

// left is the time until the order expires. The page counts down from Seconds, since the
// payer's clock may be wrong.
type left struct {
	Seconds int
	Text    string // in whole minutes, for a page that does not count
}

func timeLeft(v View, t *text) left {
	if v.Order.ExpiresAt.IsZero() || v.state() != ready {
		return left{}
	}
	seconds := int(time.Until(v.Order.ExpiresAt).Seconds())
	if seconds <= 0 {
		return left{}
	}
	if seconds < 60 {
		return left{seconds, t.LessThanAMinute}
	}
	return left{seconds, fmt.Sprintf(t.Minutes, seconds/60)}
}
