package simulator

import (
	"maps"
	"slices"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// Fault is one way in which the provider misbehaves, and Rule injects it: for the next Times,
// at a Rate, or until Clear.
type (
	Fault = provider.Fault
	Rule  = provider.Rule
)

// The faults that simulators of other wallets have too; see package provider.
const (
	CutBefore      = provider.CutBefore
	CutAfter       = provider.CutAfter
	SlowAnswer     = provider.SlowAnswer
	ServerError    = provider.ServerError
	GarbageAnswer  = provider.GarbageAnswer
	UnsignedAnswer = provider.UnsignedAnswer
	ForgedAnswer   = provider.ForgedAnswer
	UnknownOutcome = provider.UnknownOutcome // U/UNKNOWN_EXCEPTION
	WrongAmount    = provider.WrongAmount
	WrongCurrency  = provider.WrongCurrency
	Refused        = provider.Refused // F with Code or RISK_REJECT

	LoseNotification     = provider.LoseNotification
	DoubleNotification   = provider.DoubleNotification
	DelayNotification    = provider.DelayNotification // a minute, when its rule names no Delay
	ForgeNotification    = provider.ForgeNotification
	UnsignedNotification = provider.UnsignedNotification
	SkewedNotification   = provider.SkewedNotification

	AmountMissing = provider.AmountMissing
	AmountHuge    = provider.AmountHuge
	TimeHuge      = provider.TimeHuge
	UnknownStatus = provider.UnknownStatus

	RefuseRepeat   = provider.RefuseRepeat   // of pay, capture, void or refund
	LagQuery       = provider.LagQuery       // of an inquiry
	CancelReverses = provider.CancelReverses // in every dialect, with a notification
	RefuseCancel   = provider.RefuseCancel
	ChangeID       = provider.ChangeID
)

// The faults of a call that this family alone has. Those called "not executed" do not change
// the books.
const (
	SkewedAnswer     Fault = "skewed_answer"     // executed, Response-Time off by Delay or an hour
	NoResult         Fault = "no_result"         // executed, answered without its result
	AcceptedAsR      Fault = "accepted_as_r"     // executed, A written as R
	AcceptedAsU      Fault = "accepted_as_u"     // executed, A written as U/PAYMENT_IN_PROCESS
	OtherRedirect    Fault = "other_redirect"    // executed, the payment URL in the other spelling
	NumberAmounts    Fault = "number_amounts"    // executed or reported, amounts as JSON numbers
	NotifyFirst      Fault = "notify_first"      // of pay: paid and notified before the answer
	LimitFailed      Fault = "limit_failed"      // not executed, F/REQUEST_TRAFFIC_EXCEED_LIMIT
	LimitUnknown     Fault = "limit_unknown"     // not executed, U/REQUEST_TRAFFIC_EXCEED_LIMIT
	UnknownUntouched Fault = "unknown_untouched" // not executed, U/UNKNOWN_EXCEPTION
	NotThereYet      Fault = "order_not_there"   // not executed, F/ORDER_NOT_EXIST: queried too early
)

// The faults of a notification that this family alone has.
const (
	FailAfterSuccess Fault = "fail_after_success" // followed by one that says the opposite
	NoStatus         Fault = "no_status"          // this attempt without the status
)

// Notify is the endpoint that rules for notifications name.
const Notify = provider.Notify

var reportFaults = []Fault{AmountMissing, AmountHuge, TimeHuge, UnknownStatus}

// newFaults returns the faults, none injected. A rule without an endpoint is about any call, or
// about notifications when only they can have its fault; for reports and actions, about all
// that can have it.
func newFaults(seed uint64) *provider.Faults {
	reported := func(inquiries ...endpoint) []string { return append(names(inquiries...), Notify) }
	return provider.NewFaults(provider.Declared{
		Endpoints: names(slices.Collect(maps.Keys(operations))...),
		Calls: []Fault{
			CutBefore, CutAfter, SlowAnswer, ServerError, GarbageAnswer, UnsignedAnswer, ForgedAnswer, SkewedAnswer,
			NoResult, UnknownOutcome, AcceptedAsR, AcceptedAsU, OtherRedirect, NumberAmounts, WrongAmount, WrongCurrency,
			NotifyFirst, LimitFailed, LimitUnknown, UnknownUntouched, Refused, NotThereYet,
		},
		News: []Fault{
			LoseNotification, DoubleNotification, DelayNotification, FailAfterSuccess, ForgeNotification,
			UnsignedNotification, SkewedNotification, NoStatus, NumberAmounts, WrongAmount, WrongCurrency,
		},
		InjectionPoints: map[Fault][]string{
			AmountMissing:  reported(inquiryPayment),
			AmountHuge:     reported(inquiryPayment, inquiryRefund),
			TimeHuge:       reported(inquiryPayment, inquiryRefund),
			UnknownStatus:  reported(inquiryPayment, inquiryRefund),
			RefuseRepeat:   names(payEndpoint, capturePayment, voidPayment, refundPayment),
			LagQuery:       names(inquiryPayment, inquiryRefund),
			CancelReverses: names(cancelPayment),
			RefuseCancel:   names(cancelPayment),
			ChangeID:       {},
		},
	}, seed)
}

func names(endpoints ...endpoint) []string {
	var all []string
	for _, e := range endpoints {
		all = append(all, string(e))
	}
	return all
}

// Inject adds rules after those in force. It panics on a rule that can never apply, since that
// is a mistake in a test.
func (p *Provider) Inject(rules ...Rule) { p.faults.Inject(rules...) }

// Clear removes all rules and restarts the random numbers.
func (p *Provider) Clear() { p.faults.Clear() }

// Rules returns the rules in force.
func (p *Provider) Rules() []Rule { return p.faults.Rules() }
