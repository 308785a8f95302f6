package refund

import (
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// Limit is how much may be refunded without approval, in minor units of one currency. Zero is
// no limit.
type Limit struct {
	Order int64 // by all refunds of one order
	Day   int64 // by one person in one day of the app
}

// Guard is what decides whether a refund waits for approval.
type Guard struct {
	Limit Limit
	Asker bridge.Person
	// Counted is how much of the refund the asker's sum of the day includes without passing
	// Limit.Day.
	Counted int64
	Until   time.Time // when the approval expires
}

// stops reports whether a refund of so much must wait for approval.
func (g *Guard) stops(o *bridge.Order, minor int64) bool {
	return g != nil && (g.StopsOrder(o, minor) || g.Limit.Day > 0 && minor > g.Counted)
}

// StopsOrder reports whether a refund of so much passes the limit of its order. Refunds that
// have not failed count, so that the limit cannot be passed in parts.
func (g *Guard) StopsOrder(o *bridge.Order, minor int64) bool {
	return g.Limit.Order > 0 && minor > g.Limit.Order-returned(o)
}

// returned returns the sum of the refunds of an order that have not failed.
func returned(o *bridge.Order) (minor int64) {
	for i := range o.Refunds {
		if o.Refunds[i].Status != wallet.RefundFailed {
			minor += o.Refunds[i].Amount
		}
	}
	return minor
}

// await makes a refund that is reserved wait for approval.
func (g *Guard) await(r *bridge.Refund, p *bridge.Payment, version int64, now time.Time) {
	r.Status, r.Calls = wallet.RefundWaiting, bridge.Calls{LastSentAt: now} // no call was made
	r.Approval = bridge.Approval{State: bridge.ApprovalWaiting, Asked: g.Asker, Until: g.Until, Version: version, Taken: taken(p)}
}

// taken returns what a payment has taken and still has but for refunds.
func taken(p *bridge.Payment) int64 { return p.Paid - p.Reversed }

// DayKey returns what the asker's refunds of a day are counted under: the operator where that
// is known, so that several keys of one operator share one sum.
func (g *Guard) DayKey() string {
	if g.Asker.Name != "" {
		return strings.ToLower(g.Asker.Name)
	}
	return g.Asker.ID
}

// SamePerson reports whether two are one operator, one API key, an operator and a key that the
// operator made, or two keys of one operator.
func SamePerson(p, other bridge.Person) bool {
	return p.ID != "" && p.ID == other.ID || p.Name != "" && strings.EqualFold(p.Name, other.Name)
}
