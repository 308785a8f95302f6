package simulator

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Fault is one way in which the provider misbehaves.
type Fault string

// The faults of a call. Those called "not executed" leave the books as they are.
const (
	CutBefore        Fault = "cut_before"        // connection closed, not executed
	CutAfter         Fault = "cut_after"         // executed, connection closed: the answer is lost
	SlowAnswer       Fault = "slow_answer"       // executed, answered after Delay
	ServerError      Fault = "server_error"      // executed, answered 502 with HTML
	GarbageAnswer    Fault = "garbage_answer"    // executed, answered with bytes that are no JSON
	UnsignedAnswer   Fault = "unsigned_answer"   // executed, the signature left out
	ForgedAnswer     Fault = "forged_answer"     // executed, the signature of something else
	SkewedAnswer     Fault = "skewed_answer"     // executed, Response-Time off by Delay or an hour
	NoResult         Fault = "no_result"         // executed, answered without its result
	UnknownOutcome   Fault = "unknown_outcome"   // executed, answered U/UNKNOWN_EXCEPTION
	AcceptedAsR      Fault = "accepted_as_r"     // executed, A written as R
	AcceptedAsU      Fault = "accepted_as_u"     // executed, A written as U/PAYMENT_IN_PROCESS
	OtherRedirect    Fault = "other_redirect"    // executed, the payment URL in the other spelling
	NumberAmounts    Fault = "number_amounts"    // executed or told, amounts as JSON numbers
	WrongAmount      Fault = "wrong_amount"      // executed or told, one minor unit more
	WrongCurrency    Fault = "wrong_currency"    // executed or told, another currency
	NotifyFirst      Fault = "notify_first"      // of pay: paid and notified before the answer
	LimitFailed      Fault = "limit_failed"      // not executed, F/REQUEST_TRAFFIC_EXCEED_LIMIT
	LimitUnknown     Fault = "limit_unknown"     // not executed, U/REQUEST_TRAFFIC_EXCEED_LIMIT
	UnknownUntouched Fault = "unknown_untouched" // not executed, U/UNKNOWN_EXCEPTION
	Refused          Fault = "refused"           // not executed, F with Code or RISK_REJECT
	NotThereYet      Fault = "order_not_there"   // not executed, F/ORDER_NOT_EXIST: asked too early
)

// The faults of a notification; their rules name the endpoint "notify".
const (
	LoseNotification     Fault = "lose_notification"     // never sent, thought delivered
	DoubleNotification   Fault = "double_notification"   // sent twice at once
	DelayNotification    Fault = "delay_notification"    // Delay or a minute later
	FailAfterSuccess     Fault = "fail_after_success"    // followed by one that says the opposite
	ForgeNotification    Fault = "forge_notification"    // this attempt signed wrongly
	UnsignedNotification Fault = "unsigned_notification" // this attempt not signed
	SkewedNotification   Fault = "skewed_notification"   // this attempt's Request-Time an hour off
	NoStatus             Fault = "no_status"             // this attempt without the status
)

// The faults of what is told, by an inquiry's answer or by one attempt of a notification.
const (
	AmountMissing Fault = "amount_missing" // of a paid payment, no amount
	AmountHuge    Fault = "amount_huge"    // an amount beyond int64
	TimeHuge      Fault = "time_huge"      // a time beyond the year 9999
	UnknownStatus Fault = "unknown_status" // a status that no document names
)

// The faults of what is done. Each is drawn only where it can happen.
const (
	RefuseRepeat   Fault = "refuse_repeat"   // a repeat of an executed pay, capture, void or refund is refused
	LagQuery       Fault = "lag_query"       // an inquiry answers as before the last change, for Delay after it (20 s)
	CancelReverses Fault = "cancel_reverses" // cancel of a paid payment gives the money back in every dialect, and tells it
	RefuseCancel   Fault = "refuse_cancel"   // cancel of an open payment is refused for good
	ChangeID       Fault = "change_id"       // a payment gets another id when the payer pays
)

// Notify is the endpoint that rules for notifications name.
const Notify = "notify"

var (
	callFaults = []Fault{
		CutBefore, CutAfter, SlowAnswer, ServerError, GarbageAnswer, UnsignedAnswer, ForgedAnswer, SkewedAnswer,
		NoResult, UnknownOutcome, AcceptedAsR, AcceptedAsU, OtherRedirect, NumberAmounts, WrongAmount, WrongCurrency,
		NotifyFirst, LimitFailed, LimitUnknown, UnknownUntouched, Refused, NotThereYet,
	}
	newsFaults = []Fault{
		LoseNotification, DoubleNotification, DelayNotification, FailAfterSuccess, ForgeNotification,
		UnsignedNotification, SkewedNotification, NoStatus, NumberAmounts, WrongAmount, WrongCurrency,
	}
	toldFaults = []Fault{AmountMissing, AmountHuge, TimeHuge, UnknownStatus}
)

// places are the endpoints that rules for the faults of what is told and done may name. A
// rule that names none is about all of them.
var places = map[Fault][]endpoint{
	AmountMissing:  {inquiryPayment, Notify},
	AmountHuge:     {inquiryPayment, inquiryRefund, Notify},
	TimeHuge:       {inquiryPayment, inquiryRefund, Notify},
	UnknownStatus:  {inquiryPayment, inquiryRefund, Notify},
	RefuseRepeat:   {payEndpoint, capturePayment, voidPayment, refundPayment},
	LagQuery:       {inquiryPayment, inquiryRefund},
	CancelReverses: {cancelPayment},
	RefuseCancel:   {cancelPayment},
	ChangeID:       {},
}

// Rule switches a fault on: for the next Times, at a Rate, or until Clear.
type Rule struct {
	Fault    Fault         `json:"fault"`
	Endpoint string        `json:"endpoint,omitzero"` // "pay", "cancel", …, Notify; empty: any call
	Times    int           `json:"times,omitzero"`    // 0: until Clear
	Skip     int           `json:"skip,omitzero"`     // let so many through first
	Rate     float64       `json:"rate,omitzero"`     // 0 to 1, drawn from Config.Seed; 0: each time
	Code     string        `json:"code,omitzero"`     // of Refused
	Delay    time.Duration `json:"-"`                 // "delay":"2s" in /control/faults
}

// known says that a rule can ever apply.
func (r Rule) known() bool {
	switch {
	case r.Times < 0 || r.Skip < 0 || r.Delay < 0 || r.Delay > time.Hour || r.Rate < 0 || r.Rate > 1:
		return false
	case places[r.Fault] != nil:
		return r.Endpoint == "" || slices.Contains(places[r.Fault], endpoint(r.Endpoint))
	case r.Endpoint == Notify:
		return slices.Contains(newsFaults, r.Fault)
	case r.Endpoint == "":
		return slices.Contains(callFaults, r.Fault) || slices.Contains(newsFaults, r.Fault)
	}
	_, there := operations[endpoint(r.Endpoint)]
	return there && slices.Contains(callFaults, r.Fault)
}

// applies says whether a rule is about this endpoint. A rule without an endpoint is
// about any call, or about notifications when only they can have its fault.
func (r Rule) applies(to string) bool {
	switch {
	case r.Endpoint != "":
		return r.Endpoint == to
	case places[r.Fault] != nil:
		return true
	}
	return slices.Contains(callFaults, r.Fault) == (to != Notify)
}

// switches are the rules in force, in order; the first that applies decides. Faults of
// what is told and done come on top of it.
type switches struct {
	mu    sync.Mutex
	rules []Rule
	dice  *rand.Rand
}

// Inject switches faults on, behind those already on. It panics on a rule that can never
// apply, since that is a mistake in a test.
func (p *Provider) Inject(rules ...Rule) {
	for _, rule := range rules {
		if !rule.known() {
			panic("simulator: not a fault rule: " + string(rule.Fault) + " of " + rule.Endpoint)
		}
	}
	p.switches.mu.Lock()
	defer p.switches.mu.Unlock()
	p.switches.rules = append(p.switches.rules, rules...)
}

// Clear switches all faults off and starts chance anew.
func (p *Provider) Clear() {
	p.switches.mu.Lock()
	defer p.switches.mu.Unlock()
	p.switches.rules, p.switches.dice = nil, newDice(p.cfg.Seed)
}

func newDice(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// Rules are the rules in force.
func (p *Provider) Rules() []Rule {
	p.switches.mu.Lock()
	defer p.switches.mu.Unlock()
	return slices.Clone(p.switches.rules)
}

// take uses up the first rule for a call or for notifications.
func (s *switches) take(to string) Rule {
	if to == Notify {
		return s.draw(newsFaults, to, always)
	}
	return s.draw(callFaults, to, always)
}

// happens says whether a fault that can happen at an endpoint does.
func (s *switches) happens(fault Fault, to endpoint) bool {
	return s.draw([]Fault{fault}, string(to), always).Fault != ""
}

// pick is one of several texts, by chance.
func (s *switches) pick(texts ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return texts[s.dice.IntN(len(texts))]
}

func always(Rule) bool { return true }

// draw uses up the first rule that applies; the zero Rule is no fault.
func (s *switches) draw(kinds []Fault, to string, can func(Rule) bool) Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.rules {
		rule := &s.rules[i]
		switch {
		case !slices.Contains(kinds, rule.Fault) || !rule.applies(to) || !can(*rule):
		case rule.Skip > 0:
			rule.Skip--
		case rule.Rate > 0 && s.dice.Float64() >= rule.Rate:
		default:
			taken := *rule
			s.use(i)
			return taken
		}
	}
	return Rule{}
}

func (s *switches) use(i int) {
	if s.rules[i].Times == 0 {
		return
	}
	s.rules[i].Times--
	if s.rules[i].Times == 0 {
		s.rules = slices.Delete(s.rules, i, i+1)
	}
}
