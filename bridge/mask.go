package bridge

import (
	"github.com/minitill/minitill/wallet"
)

// masked returns news with card numbers masked in the wallet's texts. Its ids stay as they
// are, since queries need them.
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

// MaskedEvent returns a wallet's event with card numbers masked, as the inbox stores it.
func MaskedEvent(ev wallet.Event) wallet.Event {
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
