package pages

import "github.com/minitill/minitill/wallet"

// state is the state that a page shows: an order's status, or a more precise one.
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

	// The states of pages without an order; see Notice.
	nowhere state = "nowhere"
	home    state = "home"
	trouble state = "trouble"
)

// state decides what the payer reads. A paid order is paid also when it needs attention,
// unless the wallet has reversed the payment; any other order that needs attention shows
// only that.
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

// reversed reports whether reversals leave less than the amount of the order.
func (v View) reversed() bool {
	r := v.Order.Reversed
	return r != nil && v.Order.Paid.Minor-r.Amount.Minor < v.Order.Amount.Minor
}

// failedState is the state of an order whose last payment failed. The payer can retry until
// the order is closed.
func (v View) failedState() state {
	switch v.Closed {
	case wallet.Canceled:
		return canceled
	case wallet.Expired:
		return expired
	}
	return failed
}

// openState is the state of an order whose outcome is open. A closed order offers no action
// while the outcome of its open payment is unknown.
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

// busy reports whether an operation is in progress without the payer.
func (s state) busy() bool { return s == loading || s == waiting }

// moneyed reports whether the order's amount is paid, authorized, or can still be paid.
func (s state) moneyed() bool { return s == paid || s == authorized || s.tone() == "busy" }
