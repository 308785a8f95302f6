package simulator

import "github.com/minitill/minitill/wallet/internal/provider"

// Rule injects a fault, and Fault is its name.
type (
	Rule  = provider.Rule
	Fault = provider.Fault
)

// Notify is the endpoint of rules about webhooks.
const Notify = provider.Notify

// The faults that only these providers have.
const (
	NoData           Fault = "no_data"           // executed, answered SUCCESS without data
	NotThereYet      Fault = "not_there_yet"     // not executed, answered that there is no such order
	NumberAsText     Fault = "number_as_text"    // amounts and statuses as JSON strings
	PercentSignature Fault = "percent_signature" // this attempt's signature percent-encoded
	OtherNames       Fault = "other_names"       // outerOrderSn and orderSn instead of outerOrder and preSn
	NoStatus         Fault = "no_status"         // this attempt without orderStatus
	UnknownAction    Fault = "unknown_action"    // this attempt of an action type that is not documented
	RefuseClose      Fault = "refuse_close"      // close of an open order is refused
	TellFailure      Fault = "tell_failure"      // a webhook of status 3 when the payer declines
)

// The endpoints of both dialects.
const (
	endCreate       = "create"
	endMethod       = "payment-method"
	endDetail       = "detail"
	endClose        = "close"
	endRefund       = "refund"
	endRefundDetail = "refund/detail"
	endCard         = "card" // the direct dialect's card calls are below it
)

// declared lists which faults there are, and where they can happen.
var declared = provider.Declared{
	Endpoints: []string{
		endCreate, endMethod, endDetail, endClose, endRefund, endRefundDetail,
		"card/authorize", "card/capture", "card/refund", "card/void", "card/reversal",
	},
	Calls: provider.CallFaults(
		provider.UnknownOutcome, provider.TrafficLimit, provider.Refused, provider.WrongAmount, provider.WrongCurrency,
		NoData, NumberAsText, NotThereYet,
	),
	News: provider.NewsFaults(
		provider.ForgeNotification, provider.UnsignedNotification, provider.SkewedNotification, provider.WrongAmount,
		provider.WrongCurrency, NumberAsText, PercentSignature, OtherNames, NoStatus, UnknownAction,
	),
	InjectionPoints: map[Fault][]string{
		provider.AmountMissing: {endDetail, endRefundDetail, Notify}, provider.AmountHuge: {endDetail, endRefundDetail, Notify},
		provider.TimeHuge: {endDetail, Notify}, provider.UnknownStatus: {endDetail, endRefundDetail, Notify},
		provider.RefuseRepeat: {endCreate, endRefund}, provider.LagQuery: {endDetail, endRefundDetail},
		RefuseClose: {endClose}, provider.ChangeID: nil, TellFailure: nil,
	},
}

// reportFaults are those of reports.
var reportFaults = []Fault{provider.AmountMissing, provider.AmountHuge, provider.TimeHuge, provider.UnknownStatus}
