package simulator

import "github.com/minitill/minitill/wallet/internal/provider"

// Fault is one way in which the provider misbehaves, and Rule injects one. In /control/faults
// "path" and "next" may be written for "endpoint" and "times".
type (
	Fault = provider.Fault
	Rule  = provider.Rule
)

// Notify is the endpoint of rules that are about notifications only.
const Notify = provider.Notify

// The faults of a call.
const (
	SlowAnswer     = provider.SlowAnswer
	ServerError    = provider.ServerError
	GarbageAnswer  = provider.GarbageAnswer
	UnsignedAnswer = provider.UnsignedAnswer
	ForgedAnswer   = provider.ForgedAnswer
	CutBefore      = provider.CutBefore
	CutAfter       = provider.CutAfter
	UnknownOutcome = provider.UnknownOutcome // executed, answered UNKNOWN_OUTCOME
	TrafficLimit   = provider.TrafficLimit
	Refused        = provider.Refused
)

// The faults of a notification.
const (
	LoseNotification    = provider.LoseNotification
	DoubleNotification  = provider.DoubleNotification
	DelayNotification   = provider.DelayNotification
	ReorderNotification = provider.ReorderNotification
	ForgeNotification   = provider.ForgeNotification
	BatchEvents         = provider.BatchEvents

	LieAmount     Fault = "lie_amount"      // this attempt reports one minor unit more
	LieCurrency   Fault = "lie_currency"    // this attempt reports another currency
	PaymentIDOnly Fault = "payment_id_only" // this attempt names the provider's own ids only
)

// The faults of reports, by a query's answer or by one attempt of a notification.
const (
	AmountMissing = provider.AmountMissing
	AmountHuge    = provider.AmountHuge
	TimeHuge      = provider.TimeHuge
	UnknownStatus = provider.UnknownStatus
)

// The faults of actions. Each is injected only where it can happen.
const (
	RefuseRepeat   = provider.RefuseRepeat
	LagQuery       = provider.LagQuery
	CancelReverses = provider.CancelReverses
	RefuseCancel   = provider.RefuseCancel
	ChangeID       = provider.ChangeID
)

var reportFaults = []Fault{AmountMissing, AmountHuge, TimeHuge, UnknownStatus}

// declared are the faults of this provider and where each can happen.
func declared() provider.Declared {
	reported := append([]string{Notify}, queries...)
	d := provider.Declared{
		Calls: provider.CallFaults(UnsignedAnswer, ForgedAnswer, UnknownOutcome, TrafficLimit, Refused),
		News:  provider.NewsFaults(ForgeNotification, LieAmount, LieCurrency, BatchEvents, PaymentIDOnly),
		InjectionPoints: map[Fault][]string{
			AmountMissing: reported, AmountHuge: reported, TimeHuge: reported, UnknownStatus: reported,
			RefuseRepeat: {createPath, capturePath, voidPath, refundPath},
			LagQuery:     queries, CancelReverses: {cancelPath}, RefuseCancel: {cancelPath}, ChangeID: nil,
		},
	}
	for path := range operations {
		d.Endpoints = append(d.Endpoints, path)
	}
	return d
}

// Inject adds rules after those in force. It panics on a rule that can never apply. The first
// rule that applies to a call or to an attempt to notify decides; faults of reports and of
// actions are added to it.
func (p *Provider) Inject(rules ...Rule) { p.faults.Inject(rules...) }

// Clear removes all rules and restarts the random numbers.
func (p *Provider) Clear() { p.faults.Clear() }

// Rules returns the rules in force.
func (p *Provider) Rules() []Rule { return p.faults.Rules() }
