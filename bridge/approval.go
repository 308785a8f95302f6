package bridge

import (
	"time"

	"github.com/minitill/minitill/wallet"
)

// Person is who asks for a refund or decides about one: an operator or an API key.
type Person struct {
	ID string `json:"id,omitzero"` // opr_… or key_…
	// Name is that of the operator; of an API key, that of the operator who made it.
	Name string `json:"name,omitzero"`
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
