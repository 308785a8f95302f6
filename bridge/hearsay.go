package bridge

import (
	"time"

	"github.com/minitill/minitill/wallet"
)

// hearsay says that the news is an answer that the wallet has not signed, though it signs
// its notifications: whoever stands between us could have made it. No notification tells
// of a capture, so the answer about one that we asked for is all there is.
func (n *News) hearsay(p *Payment) bool {
	captures := p.Status == wallet.Authorized && p.Operation != nil && !p.Operation.Void
	return n.Payment.Unproven && !captures
}

// applyHearsay books no money. The payment stays as it is until the wallet's signed
// notification comes; an open one that waits for too long is flagged as any is, and one
// that has ended is a person's to look at.
func (c *Change) applyHearsay(p *Payment, next Payment, n News, now time.Time) error {
	if !p.Open() {
		c.RaisePayment(p.Number, UnconfirmedNews, nil, n, now)
		return nil
	}
	if p.Status == wallet.Created {
		next.Status = wallet.Pending
	}
	c.recordPayment(p, next, n, now)
	return nil
}

// ProveBy turns an unsigned answer into proof where a signed notification says the same of
// the same payment. A success that is told of may be of money that is held.
func (n *News) ProveBy(told *News) {
	if n.Payment == nil || told.Payment == nil || n.Wallet != told.Wallet || !SameRef(n.Payment.Ref, told.Payment.Ref) {
		return
	}
	answer, notified := n.Payment, told.Payment
	another := answer.PaymentID != "" && notified.PaymentID != "" && answer.PaymentID != notified.PaymentID
	same := answer.Status == notified.Status || answer.Status == wallet.Authorized && notified.Status == wallet.Paid
	if !answer.Unproven || another || !same {
		return
	}
	proven := *answer
	proven.Unproven = false
	n.Payment = &proven
}
