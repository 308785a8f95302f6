package refund

import (
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// The codes of refunds that failed without having been sent to a wallet.
const (
	CodeRejected = "approval_rejected"
	CodeExpired  = "approval_expired"
)

// Decision is a second operator's answer to a refund that waits.
type Decision struct {
	Refund int          // its number
	Amount wallet.Money // that the operator has seen; zero: not compared
	By     bridge.Person
	Note   string
	Source bridge.Source
}

const opDecide = "refund.Decide"

// awaited returns the refund that a decision is about.
//
// Faults: NotFound; Forbidden for who asked for the refund, and without an identity; Conflict
// for a refund that needs no approval, whose approval has expired, or whose amount is another
// one.
func awaited(c *bridge.Change, d *Decision, now time.Time) (*bridge.Refund, error) {
	if d.Refund < 1 || d.Refund > len(c.Order.Refunds) {
		return nil, fault.New(fault.NotFound, opDecide, "The order has no such refund.")
	}
	r := &c.Order.Refunds[d.Refund-1]
	switch {
	case r.Approval.State == "":
		return nil, fault.New(fault.Conflict, opDecide, "The refund needs no approval.")
	case d.By == (bridge.Person{}):
		return nil, fault.New(fault.Forbidden, opDecide, "Only an operator or an API key can decide about a refund.")
	case SamePerson(d.By, r.Approval.Asked):
		return nil, fault.New(fault.Forbidden, opDecide, "A refund is approved or rejected by another operator than the one who asked for it, and not with an API key of that operator.")
	case d.Amount != (wallet.Money{}) && d.Amount != c.Order.Money(r.Amount):
		return nil, fault.New(fault.Conflict, opDecide, "The refund is of "+c.Order.Money(r.Amount).String()+".")
	case r.Awaiting() && !now.Before(r.Approval.Until):
		return nil, errExpired()
	}
	return r, nil
}

func errExpired() error {
	return fault.New(fault.Conflict, opDecide, "The approval has expired. Ask for the refund again.")
}

// ended returns why a refund that no longer waits is not as a decision wants it; nil when it
// is.
func ended(r *bridge.Refund, want bridge.ApprovalState) error {
	switch r.Approval.State {
	case want:
		return nil
	case bridge.ApprovalApproved:
		return fault.New(fault.Conflict, opDecide, "The refund was approved.")
	case bridge.ApprovalRejected:
		return fault.New(fault.Conflict, opDecide, "The refund was rejected.")
	case bridge.ApprovalExpired:
		return errExpired()
	}
	return fault.New(fault.Conflict, opDecide, "The wallet has reported the refund. See the order's attention.")
}

// Approve records that a refund was approved, which counts its first call: the engine sends it
// afterwards. again reports that it was approved before; nothing is recorded then.
//
// Faults: NotFound; Forbidden; Conflict when it was rejected or has expired, when its amount
// is another one, or when the payment has changed since or has too little left; Unsupported
// when the wallet cannot refund.
func Approve(c *bridge.Change, d *Decision, able func(walletName string) bool, now time.Time) (again bool, err error) {
	r, err := awaited(c, d, now)
	if err != nil {
		return false, err
	}
	if !r.Awaiting() {
		return true, ended(r, bridge.ApprovalApproved)
	}
	p := c.Order.Payment(r.Payment)
	switch {
	case taken(p) != r.Approval.Taken:
		return false, fault.New(fault.Conflict, opDecide, "The payment has changed since the refund was asked for. Reject it and ask again.")
	case c.Order.Left(p) < 0:
		return false, fault.New(fault.Conflict, opDecide, "The payment has too little left for this refund. Reject it.")
	case !able(p.Wallet):
		return false, fault.New(fault.Unsupported, opDecide, "The wallet cannot refund.")
	}
	next := *r
	next.Status, next.Calls = wallet.RefundPending, bridge.Calls{Tries: 1, LastSentAt: now}
	decide(c, *r, next, d, bridge.ApprovalApproved, now)
	return false, nil
}

// Reject records that a refund was rejected, which makes its money refundable again. again
// reports that it was rejected before; nothing is recorded then.
//
// Faults: NotFound; Forbidden; Conflict when it was approved or has expired, or when its
// amount is another one.
func Reject(c *bridge.Change, d *Decision, now time.Time) (again bool, err error) {
	r, err := awaited(c, d, now)
	if err != nil {
		return false, err
	}
	if !r.Awaiting() {
		return true, ended(r, bridge.ApprovalRejected)
	}
	next := *r
	next.Status, next.Code = wallet.RefundFailed, CodeRejected
	decide(c, *r, next, d, bridge.ApprovalRejected, now)
	return false, nil
}

// decide records the end of an approval.
func decide(c *bridge.Change, before, next bridge.Refund, d *Decision, state bridge.ApprovalState, now time.Time) {
	a := &next.Approval
	a.State, a.By, a.Note, a.DecidedAt = state, d.By, d.Note, now
	c.RecordRefund(before, next, d.Source, now)
}

// Expire ends the refunds that have waited for approval too long, as failed.
func Expire(c *bridge.Change, now time.Time) {
	for number := 1; number <= len(c.Order.Refunds); number++ {
		r := c.Order.Refunds[number-1]
		if r.Awaiting() && !now.Before(r.Approval.Until) {
			next := r
			next.Status, next.Code = wallet.RefundFailed, CodeExpired
			decide(c, r, next, &Decision{Source: bridge.FromTime}, bridge.ApprovalExpired, now)
		}
	}
}
