package simulator

import "github.com/minitill/minitill/wallet/internal/provider"

// Fault is one way in which the provider misbehaves, and Rule switches one on. In
// /control/faults "path" and "next" may be written for "endpoint" and "times".
type (
	Fault = provider.Fault
	Rule  = provider.Rule
)

// Notify is the endpoint that rules name to be about notifications only.
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

	LieAmount     Fault = "lie_amount"      // this attempt tells one minor unit more
	LieCurrency   Fault = "lie_currency"    // this attempt tells another currency
	PaymentIDOnly Fault = "payment_id_only" // this attempt names the provider's own ids only
)

// The faults of what is told, by a query's answer or by one attempt of a notification.
const (
	AmountMissing = provider.AmountMissing
	AmountHuge    = provider.AmountHuge
	TimeHuge      = provider.TimeHuge
	UnknownStatus = provider.UnknownStatus
)

// The faults of what is done. Each is drawn only where it can happen.
const (
	RefuseRepeat   = provider.RefuseRepeat
	LagQuery       = provider.LagQuery
	CancelReverses = provider.CancelReverses
	RefuseCancel   = provider.RefuseCancel
	ChangeID       = provider.ChangeID
)

var toldFaults = []Fault{AmountMissing, AmountHuge, TimeHuge, UnknownStatus}

// declared are the faults of this provider and where each can happen.
func declared() provider.Declared {
	told := append([]string{Notify}, queries...)
	d := provider.Declared{
		Calls: provider.CallFaults(UnsignedAnswer, ForgedAnswer, UnknownOutcome, TrafficLimit, Refused),
		News:  provider.NewsFaults(ForgeNotification, LieAmount, LieCurrency, BatchEvents, PaymentIDOnly),
		Drawn: map[Fault][]string{
			AmountMissing: told, AmountHuge: told, TimeHuge: told, UnknownStatus: told,
			RefuseRepeat: {createPath, capturePath, voidPath, refundPath},
			LagQuery:     queries, CancelReverses: {cancelPath}, RefuseCancel: {cancelPath}, ChangeID: nil,
		},
	}
	for path := range operations {
		d.Endpoints = append(d.Endpoints, path)
	}
	return d
}

// Inject switches faults on, behind those already on. It panics on a rule that can never
// apply. The first rule that applies to a call or to an attempt to notify decides; faults of
// what is told and of what is done come on top of it.
func (p *Provider) Inject(rules ...Rule) { p.faults.Inject(rules...) }

// Clear switches all faults off and starts chance anew.
func (p *Provider) Clear() { p.faults.Clear() }

// Rules returns the rules in force.
func (p *Provider) Rules() []Rule { return p.faults.Rules() }
