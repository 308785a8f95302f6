package bridge

import (
	"github.com/minitill/minitill/wallet"
)

// masked returns news with card numbers masked in the wallet's texts. Its ids stay as they
// are, since queries need them.
func (n News) masked() News {
	n.Hint = wallet.MaskCardNumbers(n.Hint)
	if n.Payment != nil {
		p := n.Payment.Masked()
		n.Payment = &p
	}
	if n.Refund != nil {
		r := n.Refund.Masked()
		n.Refund = &r
	}
	return n
}
