package bridge

import (
	"time"

	"github.com/minitill/minitill/wallet"
)

// unsigned reports whether the news is an unsigned answer of a wallet that signs its
// notifications: a third party between wallet and server could have made it. A capture has
// no notification, so its answer counts without a signature.
func (n *News) unsigned(p *Payment) bool {
	captures := p.Status == wallet.Authorized && p.Operation != nil && !p.Operation.Void
	return n.Payment.Unproven && !captures
}

// applyUnsigned books no money: the payment waits for the wallet's signed notification. An
// open payment that waits too long is flagged as any other; for a payment that has ended it
// raises a flag at once.
func (c *Change) applyUnsigned(p *Payment, next Payment, n News, now time.Time) error {
	if !p.Open() {
		c.RaisePaymentAttention(p.Number, UnconfirmedNews, nil, n, now)
		return nil
	}
	if p.Status == wallet.Created {
		next.Status = wallet.Pending
	}
	c.RecordPayment(p, next, n, now)
	return nil
}

// ProveBy makes an unsigned answer count as signed when a signed notification reports the
// same status of the same payment. A notification of success also proves an authorization.
func (n *News) ProveBy(notification *News) {
	if n.Payment == nil || notification.Payment == nil || n.Wallet != notification.Wallet || !SameRef(n.Payment.Ref, notification.Payment.Ref) {
		return
	}
	answer, notified := n.Payment, notification.Payment
	another := answer.PaymentID != "" && notified.PaymentID != "" && answer.PaymentID != notified.PaymentID
	same := answer.Status == notified.Status || answer.Status == wallet.Authorized && notified.Status == wallet.Paid
	if !answer.Unproven || another || !same {
		return
	}
	proven := *answer
	proven.Unproven = false
	n.Payment = &proven
}
