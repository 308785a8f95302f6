package pages

import "github.com/minitill/minitill/wallet"

// state is what a page says: an order's status, or what lies around it.
type state string

const (
	loading    state = "loading" // the wallet has not answered yet
	ready      state = "ready"   // the payer can pay
	waiting    state = "waiting"
	authorized state = "authorized"
	paid       state = "paid"
	failed     state = "failed"
	canceled   state = "canceled"
	expired    state = "expired"
	voided     state = "voided"
	attention  state = "attention"
	reversed   state = "reversed" // the wallet took back what was paid
	unknown    state = "unknown"

	// The states of pages that are about no order; see Notice.
	nowhere state = "nowhere"
	home    state = "home"
	trouble state = "trouble"
)

// state decides what the payer reads. Paid is paid even where a person should look at
// the order, unless the wallet took the money back; any other order that needs a person
// says that, and nothing else.
func (v View) state() state {
	switch {
	case v.notice != "":
		return v.notice
	case v.Order == nil:
		return unknown
	case v.Order.Status == wallet.Paid && !v.reversed():
		return paid
	case len(v.Order.Attention) > 0:
		return attention
	case v.Order.Status == wallet.Paid:
		return reversed
	}
	switch v.Order.Status {
	case wallet.Authorized:
		return authorized
	case wallet.Failed:
		return v.failedState()
	case wallet.Canceled:
		return canceled
	case wallet.Expired:
		return expired
	case wallet.Voided:
		return voided
	}
	return v.openState()
}

// reversed says that the wallet took back so much that the order is no longer paid.
func (v View) reversed() bool {
	r := v.Order.Reversed
	return r != nil && v.Order.Paid.Minor-r.Amount.Minor < v.Order.Amount.Minor
}

// failedState is that of an order whose last payment failed. Once the order is closed,
// the payer cannot try again.
func (v View) failedState() state {
	switch v.Closed {
	case wallet.Canceled:
		return canceled
	case wallet.Expired:
		return expired
	}
	return failed
}

// openState is that of an order whose outcome is open. A closed order offers nothing to
// pay while its wallet has not said how the open payment ended.
func (v View) openState() state {
	switch {
	case v.Closed != "":
		return waiting
	case v.Action != nil, v.Opens:
		return ready
	case v.Order.Status == wallet.Created:
		return loading
	}
	return waiting
}

// tone is the colour of a state; see design.css.
func (s state) tone() string {
	switch s {
	case paid, authorized:
		return "good"
	case failed:
		return "bad"
	case attention, reversed, trouble:
		return "care"
	case loading, ready, waiting:
		return "busy"
	}
	return "calm"
}

// busy says that something is going on without the payer.
func (s state) busy() bool { return s == loading || s == waiting }

// moneyed says that the order's amount was paid, is set aside, or may yet be paid.
func (s state) moneyed() bool { return s == paid || s == authorized || s.tone() == "busy" }
