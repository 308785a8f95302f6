package bridge

import (
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Person is who asks for a refund or decides about one: an operator or an API key.
type Person struct {
	ID string `json:"id,omitzero"` // opr_… or key_…
	// Name is that of the operator; of an API key, that of the operator who made it.
	Name string `json:"name,omitzero"`
}

// Known reports whether anything tells the person from others.
func (p Person) Known() bool { return p != (Person{}) }

// Same reports whether two are one operator, one API key, an operator and a key that the
// operator made, or two keys of one operator.
func (p Person) Same(other Person) bool {
	return p.ID != "" && p.ID == other.ID || p.Name != "" && strings.EqualFold(p.Name, other.Name)
}

// Key returns what the person's refunds of a day are counted under: the operator where that
// is known, so that several keys of one operator share one sum.
func (p Person) Key() string {
	if p.Name != "" {
		return strings.ToLower(p.Name)
	}
	return p.ID
}

// ApprovalState is how far the approval of a refund is. It is empty for a refund that needs
// none.
type ApprovalState string

// The states of an approval. Only ApprovalWaiting is left, and only once.
const (
	ApprovalWaiting  ApprovalState = "waiting"
	ApprovalApproved ApprovalState = "approved"
	ApprovalRejected ApprovalState = "rejected"
	ApprovalExpired  ApprovalState = "expired"
	// ApprovalOvertaken is recorded when the wallet reports a refund that was never approved,
	// as it may after a restore from a backup.
	ApprovalOvertaken ApprovalState = "overtaken"
)

// The codes of refunds that failed without having been sent to a wallet.
const (
	CodeApprovalRejected = "approval_rejected"
	CodeApprovalExpired  = "approval_expired"
)

// Approval is the decision of a second operator about a refund above a limit. The refund is
// not sent before it is approved.
type Approval struct {
	State ApprovalState `json:"state,omitzero"`
	Asked Person        `json:"asked,omitzero"` // who asked for the refund, and may not decide
	Until time.Time     `json:"until,omitzero"` // when it expires
	// Version is the order's when the refund was asked for, and Taken what the payment had
	// taken then, in minor units: when that has changed, the refund cannot be approved.
	Version   int64     `json:"version,omitzero"`
	Taken     int64     `json:"taken,omitzero"`
	By        Person    `json:"by,omitzero"` // who decided
	Note      string    `json:"note,omitzero"`
	DecidedAt time.Time `json:"decidedAt,omitzero"`
}

// RefundLimit is how much may be refunded without approval, in minor units of one currency.
// Zero is no limit.
type RefundLimit struct {
	Order int64 // by all refunds of one order
	Day   int64 // by one person in one day of the app
}

// RefundGuard is what decides whether a refund waits for approval.
type RefundGuard struct {
	Limit RefundLimit
	Asker Person
	// Counted is how much of the refund the asker's sum of the day includes without passing
	// Limit.Day.
	Counted int64
	Until   time.Time // when the approval expires
}

// stops reports whether a refund of so much must wait for approval.
func (g *RefundGuard) stops(o *Order, minor int64) bool {
	return g != nil && (g.StopsOrder(o, minor) || g.Limit.Day > 0 && minor > g.Counted)
}

// StopsOrder reports whether a refund of so much passes the limit of its order. Refunds that
// have not failed count, so that the limit cannot be passed in parts.
func (g *RefundGuard) StopsOrder(o *Order, minor int64) bool {
	return g.Limit.Order > 0 && minor > g.Limit.Order-o.returned()
}

// returned returns the sum of the refunds of the order that have not failed.
func (o *Order) returned() (minor int64) {
	for i := range o.Refunds {
		if o.Refunds[i].Status != wallet.RefundFailed {
			minor += o.Refunds[i].Amount
		}
	}
	return minor
}

// Awaiting reports whether the refund waits for a second operator.
func (r *Refund) Awaiting() bool {
	return r.Status == wallet.RefundWaiting && r.Approval.State == ApprovalWaiting
}

// Sent reports whether the refund may have been sent to its wallet.
func (r *Refund) Sent() bool {
	switch r.Approval.State {
	case ApprovalWaiting, ApprovalRejected, ApprovalExpired:
		return false
	}
	return true
}

// since returns when the refund could first be sent.
func (r *Refund) since() time.Time {
	if r.Approval.State == ApprovalApproved {
		return r.Approval.DecidedAt
	}
	return r.CreatedAt
}

// ApprovalEnds returns when the first approval that the order waits for expires; zero when it
// waits for none.
func (o *Order) ApprovalEnds() (first time.Time) {
	for i := range o.Refunds {
		if r := &o.Refunds[i]; r.Awaiting() && (first.IsZero() || r.Approval.Until.Before(first)) {
			first = r.Approval.Until
		}
	}
	return first
}

// await makes a refund that was reserved wait for approval.
func (g *RefundGuard) await(r *Refund, p *Payment, version int64, now time.Time) {
	r.Status, r.Calls = wallet.RefundWaiting, Calls{LastSentAt: now} // no call was made
	r.Approval = Approval{State: ApprovalWaiting, Asked: g.Asker, Until: g.Until, Version: version, Taken: p.taken()}
}

// taken returns what a payment has taken and still has but for refunds.
func (p *Payment) taken() int64 { return p.Paid - p.Reversed }

// Decision is a second operator's answer to a refund that waits.
type Decision struct {
	Refund int          // its number
	Amount wallet.Money // that the operator has seen; zero: not compared
	By     Person
	Note   string
	Source Source
}

const opDecide = "bridge.Decide"

// awaited returns the refund that a decision is about.
//
// Faults: NotFound; Forbidden for who asked for the refund, and without an identity; Conflict
// for a refund that needs no approval, whose approval has expired, or whose amount is another
// one.
func (c *Change) awaited(d *Decision, now time.Time) (*Refund, error) {
	if d.Refund < 1 || d.Refund > len(c.Order.Refunds) {
		return nil, fault.New(fault.NotFound, opDecide, "The order has no such refund.")
	}
	r := &c.Order.Refunds[d.Refund-1]
	switch {
	case r.Approval.State == "":
		return nil, fault.New(fault.Conflict, opDecide, "The refund needs no approval.")
	case !d.By.Known():
		return nil, fault.New(fault.Forbidden, opDecide, "Only an operator or an API key can decide about a refund.")
	case d.By.Same(r.Approval.Asked):
		return nil, fault.New(fault.Forbidden, opDecide, "A refund is approved or rejected by another operator than the one who asked for it, and not with an API key of that operator.")
	case d.Amount != (wallet.Money{}) && d.Amount != c.Order.Money(r.Amount):
		return nil, fault.New(fault.Conflict, opDecide, "The refund is of "+c.Order.Money(r.Amount).String()+".")
	case r.Awaiting() && !now.Before(r.Approval.Until):
		return nil, errApprovalExpired()
	}
	return r, nil
}

func errApprovalExpired() error {
	return fault.New(fault.Conflict, opDecide, "The approval has expired. Ask for the refund again.")
}

// ended returns why a refund that no longer waits is not as a decision wants it; nil when it
// is.
func (r *Refund) ended(want ApprovalState) error {
	switch r.Approval.State {
	case want:
		return nil
	case ApprovalApproved:
		return fault.New(fault.Conflict, opDecide, "The refund was approved.")
	case ApprovalRejected:
		return fault.New(fault.Conflict, opDecide, "The refund was rejected.")
	case ApprovalExpired:
		return errApprovalExpired()
	}
	return fault.New(fault.Conflict, opDecide, "The wallet has reported the refund. See the order's attention.")
}

// ApproveRefund records that a refund was approved, which counts its first call: the engine
// sends it afterwards. again reports that it was approved before; nothing is recorded then.
//
// Faults: NotFound; Forbidden; Conflict when it was rejected or has expired, when its amount
// is another one, or when the payment has changed since or has too little left; Unsupported
// when the wallet cannot refund.
func (c *Change) ApproveRefund(d *Decision, able func(walletName string) bool, now time.Time) (again bool, err error) {
	r, err := c.awaited(d, now)
	if err != nil {
		return false, err
	}
	if !r.Awaiting() {
		return true, r.ended(ApprovalApproved)
	}
	p := c.Order.Payment(r.Payment)
	switch {
	case p.taken() != r.Approval.Taken:
		return false, fault.New(fault.Conflict, opDecide, "The payment has changed since the refund was asked for. Reject it and ask again.")
	case c.Order.Left(p) < 0:
		return false, fault.New(fault.Conflict, opDecide, "The payment has too little left for this refund. Reject it.")
	case !able(p.Wallet):
		return false, fault.New(fault.Unsupported, opDecide, "The wallet cannot refund.")
	}
	next := *r
	next.Status, next.Calls = wallet.RefundPending, Calls{1, now}
	c.decide(*r, next, d, ApprovalApproved, now)
	return false, nil
}

// RejectRefund records that a refund was rejected, which makes its money refundable again.
// again reports that it was rejected before; nothing is recorded then.
//
// Faults: NotFound; Forbidden; Conflict when it was approved or has expired, or when its
// amount is another one.
func (c *Change) RejectRefund(d *Decision, now time.Time) (again bool, err error) {
	r, err := c.awaited(d, now)
	if err != nil {
		return false, err
	}
	if !r.Awaiting() {
		return true, r.ended(ApprovalRejected)
	}
	next := *r
	next.Status, next.Code = wallet.RefundFailed, CodeApprovalRejected
	c.decide(*r, next, d, ApprovalRejected, now)
	return false, nil
}

// decide records the end of an approval.
func (c *Change) decide(before, next Refund, d *Decision, state ApprovalState, now time.Time) {
	a := &next.Approval
	a.State, a.By, a.Note, a.DecidedAt = state, d.By, d.Note, now
	c.RecordRefund(before, next, d.Source, now)
}

// ExpireApprovals ends the refunds that have waited for approval too long, as failed.
func (c *Change) ExpireApprovals(now time.Time) {
	for number := 1; number <= len(c.Order.Refunds); number++ {
		r := c.Order.Refunds[number-1]
		if r.Awaiting() && !now.Before(r.Approval.Until) {
			next := r
			next.Status, next.Code = wallet.RefundFailed, CodeApprovalExpired
			c.decide(r, next, &Decision{Source: FromTime}, ApprovalExpired, now)
		}
	}
}
