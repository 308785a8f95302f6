package simulator

import "github.com/minitill/minitill/wallet/internal/provider"

// Rule and Fault inject faults.
type (
	Rule  = provider.Rule
	Fault = provider.Fault
)

// Notify is the endpoint of rules about callbacks.
const Notify = provider.Notify

// Faults that all simulators have.
const (
	CutBefore            = provider.CutBefore
	CutAfter             = provider.CutAfter
	SlowAnswer           = provider.SlowAnswer
	ServerError          = provider.ServerError
	GarbageAnswer        = provider.GarbageAnswer
	UnknownOutcome       = provider.UnknownOutcome
	WrongAmount          = provider.WrongAmount
	WrongCurrency        = provider.WrongCurrency
	TrafficLimit         = provider.TrafficLimit
	Refused              = provider.Refused
	LoseNotification     = provider.LoseNotification
	DoubleNotification   = provider.DoubleNotification
	DelayNotification    = provider.DelayNotification
	ReorderNotification  = provider.ReorderNotification
	ForgeNotification    = provider.ForgeNotification
	UnsignedNotification = provider.UnsignedNotification
	SkewedNotification   = provider.SkewedNotification
	AmountMissing        = provider.AmountMissing
	AmountHuge           = provider.AmountHuge
	TimeHuge             = provider.TimeHuge
	UnknownStatus        = provider.UnknownStatus
	RefuseRepeat         = provider.RefuseRepeat
	LagQuery             = provider.LagQuery
)

// Faults of this provider beside those that all simulators have.
const (
	StatusText        Fault = "status_text"         // reported: the status as text
	StatusMissing     Fault = "status_missing"      // reported: no status
	StatusNull        Fault = "status_null"         // reported: the status null
	NumberAmounts     Fault = "number_amounts"      // reported: amounts as JSON numbers
	NullMembers       Fault = "null_members"        // reported: optional members are null
	OtherPath         Fault = "other_path"          // a callback that signs an empty path
	OtherKey          Fault = "other_key"           // a callback with another merchant's key
	OldTimestamp      Fault = "old_timestamp"       // an attempt that repeats the first one, with its time
	CallbackFails     Fault = "callback_fails"      // before a callback of success, one of failure
	PartialIsRefunded Fault = "partial_is_refunded" // a partial refund makes the payment refunded
	HostilePage       Fault = "hostile_page"        // create answers a paymentUrl of another host
	OtherAddress      Fault = "other_address"       // an address that is not the factory's
)

// The endpoints, by which rules name calls.
const (
	createOrder  = "payment/createPaymentOrder"
	detail       = "payment/detail"
	paymentList  = "payment/list"
	payInfo      = "payment/payInfo"
	updateInfo   = "payment/payInfo/update"
	notifyAgain  = "payment/notify"
	createRefund = "refund/createRefundOrder"
	refundDetail = "refund/detail"
	refundList   = "refund/list"
	refundAgain  = "refund/notify"
	chainList    = "conf/list/chain"
	currencyList = "conf/list/currency"
)

var endpoints = []string{
	createOrder, detail, paymentList, payInfo, updateInfo, notifyAgain, createRefund, refundDetail, refundList, refundAgain, chainList, currencyList,
}

// reportFaults are the faults of reports, by an answer or by a callback.
var reportFaults = []Fault{
	StatusText, StatusMissing, StatusNull, NumberAmounts, NullMembers, UnknownStatus, WrongAmount, WrongCurrency,
	AmountMissing, AmountHuge, TimeHuge,
}

var declared = provider.Declared{
	Endpoints: endpoints,
	Calls:     provider.CallFaults(append([]Fault{UnknownOutcome, TrafficLimit, Refused}, reportFaults...)...),
	News: provider.NewsFaults(append([]Fault{
		ForgeNotification, UnsignedNotification, SkewedNotification, OtherPath, OtherKey, OldTimestamp, CallbackFails,
	}, reportFaults...)...),
	InjectionPoints: map[Fault][]string{
		RefuseRepeat: {createOrder, createRefund}, LagQuery: {detail, paymentList, refundDetail, refundList},
		PartialIsRefunded: nil, HostilePage: {createOrder}, OtherAddress: {createOrder, payInfo, updateInfo},
	},
}

// Inject adds rules after those in force. It panics on a rule that can never apply.
func (p *Provider) Inject(rules ...Rule) { p.faults.Inject(rules...) }

// Clear removes all rules.
func (p *Provider) Clear() { p.faults.Clear() }

// Rules returns the rules in force.
func (p *Provider) Rules() []Rule { return p.faults.Rules() }
