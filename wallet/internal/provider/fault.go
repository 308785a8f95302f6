package provider

// Fault is one way in which a simulated provider misbehaves.
type Fault string

// Notify is the endpoint by which rules name notifications.
const Notify = "notify"

// Faults of a call that [Faults.Serve] executes.
const (
	CutBefore     Fault = "cut_before"     // connection closed, not executed
	CutAfter      Fault = "cut_after"      // executed, connection closed: the answer is lost
	SlowAnswer    Fault = "slow_answer"    // executed, answered after Delay (2 s)
	ServerError   Fault = "server_error"   // executed, answered 502 with HTML
	GarbageAnswer Fault = "garbage_answer" // executed, answered with bytes that are no JSON
)

// Faults of a notification that [Dispatcher] executes.
const (
	LoseNotification    Fault = "lose_notification"    // never sent, counted as delivered
	DoubleNotification  Fault = "double_notification"  // sent twice at once
	DelayNotification   Fault = "delay_notification"   // Delay later; those behind it wait
	ReorderNotification Fault = "reorder_notification" // Delay later; those behind it overtake
	BatchEvents         Fault = "batch_events"         // kept for Delay, then sent in one message with all that are kept for the same URL
)

// CallFaults are the faults that Serve executes, and more, for Declared.Calls.
func CallFaults(more ...Fault) []Fault {
	return append([]Fault{CutBefore, CutAfter, SlowAnswer, ServerError, GarbageAnswer}, more...)
}

// NewsFaults are the faults that a Dispatcher executes, and more, for Declared.News.
// BatchEvents is not among them: it needs Delivery.Batch.
func NewsFaults(more ...Fault) []Fault {
	return append([]Fault{LoseNotification, DoubleNotification, DelayNotification, ReorderNotification}, more...)
}

// Faults of a call that the wallet interprets in its own way. A wallet adds others.
const (
	UnsignedAnswer Fault = "unsigned_answer" // executed, the signature left out
	ForgedAnswer   Fault = "forged_answer"   // executed, the signature of another message
	UnknownOutcome Fault = "unknown_outcome" // executed, answered that the outcome is not known
	WrongAmount    Fault = "wrong_amount"    // executed or reported, one minor unit more
	WrongCurrency  Fault = "wrong_currency"  // executed or reported, another currency
	TrafficLimit   Fault = "traffic_limit"   // not executed, refused temporarily
	Refused        Fault = "refused"         // not executed, refused permanently, with Code
)

// Faults of a notification that the wallet interprets in Delivery.Request.
const (
	ForgeNotification    Fault = "forge_notification"    // this attempt has a wrong signature
	UnsignedNotification Fault = "unsigned_notification" // this attempt has no signature
	SkewedNotification   Fault = "skewed_notification"   // this attempt has a signed time an hour off
)

// Faults of a report, by a query's answer or by one attempt to notify. The wallet interprets
// them.
const (
	AmountMissing Fault = "amount_missing" // of a paid payment, no amount
	AmountHuge    Fault = "amount_huge"    // an amount beyond int64
	TimeHuge      Fault = "time_huge"      // a time beyond the year 9999
	UnknownStatus Fault = "unknown_status" // a status that is not documented
)

// Faults of an action. The wallet interprets them, where they can happen.
const (
	RefuseRepeat   Fault = "refuse_repeat"   // a repeat of an executed request is refused
	LagQuery       Fault = "lag_query"       // a query answers as before the last change, for Delay after it (20 s)
	CancelReverses Fault = "cancel_reverses" // cancel of a paid payment refunds it
	RefuseCancel   Fault = "refuse_cancel"   // cancel of an open payment is refused permanently
	ChangeID       Fault = "change_id"       // a payment gets another id when the payer pays
)
