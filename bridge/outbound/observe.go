package outbound

import (
	"time"

	"github.com/minitill/minitill/fault"
)

// Operation names what a call to a wallet does.
type Operation string

// The operations.
const (
	CreatePayment       Operation = "create_payment"
	ChoosePayment       Operation = "choose_payment"
	QueryPayment        Operation = "query_payment"
	CapturePayment      Operation = "capture"
	VoidPayment         Operation = "void"
	CancelPayment       Operation = "cancel"
	RefundPayment       Operation = "refund"
	QueryRefund         Operation = "query_refund"
	ExchangeAuthCode    Operation = "sign_in"
	RequestNotification Operation = "renotify"
	PrepareAgreement    Operation = "prepare_agreement"
	SignAgreement       Operation = "sign_agreement"
	RenewAgreement      Operation = "renew_agreement"
	EndAgreement        Operation = "end_agreement"
)

// Operations are all operations.
var Operations = []Operation{
	CreatePayment, ChoosePayment, QueryPayment, CapturePayment, VoidPayment, CancelPayment, RefundPayment, QueryRefund,
	ExchangeAuthCode, RequestNotification, PrepareAgreement, SignAgreement, RenewAgreement, EndAgreement,
}

// Observe is called after each call to a wallet, for metrics. A call that was not sent took
// no time. It must not block.
type Observe func(wallet string, operation Operation, outcome Outcome, took time.Duration)

// Outcome is how a call ended: OK, the name of the fault's kind, or why it was not sent.
type Outcome string

// The outcomes that are no fault of the wallet.
const (
	OK          Outcome = "ok"
	TooBusy     Outcome = "too_busy"     // all places for calls were taken
	BreakerOpen Outcome = "breaker_open" // the circuit breaker refused it
)

// Outcomes are all outcomes of a call.
func Outcomes() []Outcome {
	list := []Outcome{OK, TooBusy, BreakerOpen}
	for _, kind := range fault.Kinds() {
		list = append(list, Outcome(kind.String()))
	}
	return list
}

// Sent says whether a call with the outcome was made.
func (o Outcome) Sent() bool { return o != TooBusy && o != BreakerOpen }

func outcomeOf(err error) Outcome {
	if err == nil {
		return OK
	}
	return Outcome(fault.KindOf(err).String())
}

// refused tells the observer of a call that was not sent.
func (t *Wallet) refused(operation Operation, outcome Outcome) {
	if t.Observe != nil {
		t.Observe(t.Name, operation, outcome, 0)
	}
}

// observed tells the observer of a call that began at a time.
func (t *Wallet) observed(operation Operation, began time.Time, err error) {
	if t.Observe != nil {
		t.Observe(t.Name, operation, outcomeOf(err), t.now().Sub(began))
	}
}

// BreakerState is the state of a circuit breaker.
type BreakerState string

// The states of a circuit breaker.
const (
	BreakerClosed   BreakerState = "closed"
	BreakerHalfOpen BreakerState = "half_open" // the next call is a probe, or a probe is under way
	BreakerIsOpen   BreakerState = "open"
)

// BreakerStates are all states of a circuit breaker.
var BreakerStates = []BreakerState{BreakerClosed, BreakerHalfOpen, BreakerIsOpen}

func (b *breaker) state(now time.Time) BreakerState {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.unanswered < breakAfter:
		return BreakerClosed
	case now.Before(b.until):
		return BreakerIsOpen
	}
	return BreakerHalfOpen
}
