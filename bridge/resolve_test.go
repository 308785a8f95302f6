package bridge

import (
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/golden"
	"github.com/minitill/minitill/wallet"
)

// resolveState is an order that a reason for attention can be about.
type resolveState struct {
	name string
	make func() *Change
}

var (
	statePending = resolveState{"pending", func() *Change { return stood(false, Payment{Status: wallet.Pending}) }}
	stateHeld    = resolveState{"held 1234", func() *Change { return stood(true, Payment{Status: wallet.Authorized, Authorized: 1234}) }}
	stateFailed  = resolveState{"failed", func() *Change { return stood(false, Payment{Status: wallet.Failed}) }}
	statePaid    = resolveState{"paid", func() *Change { return stood(false, paidPayment(1234)) }}
	stateTwice   = resolveState{"paid twice", func() *Change { return stood(false, paidPayment(1234), paidPayment(1234)) }}
	stateTaken   = resolveState{"paid and reversed", func() *Change { return stood(false, reversed(paidPayment(1234), 1234)) }}
	stateLate    = resolveState{"failed, held late", func() *Change {
		return stood(true, Payment{Status: wallet.Failed, Authorized: 1234, LateHold: true})
	}}
	stateCapturing = resolveState{"held 1234, a capture of 1000 open", func() *Change {
		return stood(true, Payment{Status: wallet.Authorized, Authorized: 1234, Operation: &Operation{Number: 1, RequestID: "R", Amount: 1000, Calls: Calls{1, noon}}})
	}}
	stateVoiding = resolveState{"held 1234, a void open", func() *Change {
		return stood(true, Payment{Status: wallet.Authorized, Authorized: 1234, Operation: &Operation{Number: 1, RequestID: "R", Void: true, Calls: Calls{1, noon}}})
	}}
	stateRefunding = resolveState{"paid, 300 on their way", func() *Change {
		return refunding(stood(false, paidPayment(1234)), 1, 300, wallet.RefundPending)
	}}
	stateRefunded = resolveState{"paid, 300 refunded", func() *Change {
		return refunding(stood(false, paidPayment(1234)), 1, 300, wallet.RefundSucceeded)
	}}
)

// resolveStates are the orders that each reason is raised for.
var resolveStates = map[Attention][]resolveState{
	AmountMismatch:      {statePending, stateHeld, stateFailed, statePaid},
	AmountUnknown:       {statePending, stateHeld, statePaid},
	LatePayment:         {statePaid},
	LateAuthorization:   {stateLate, stateHeld, stateFailed},
	DoublePayment:       {stateTwice},
	PaymentReversed:     {stateTaken},
	PaymentUnresolved:   {statePending, statePaid},
	HoldUnresolved:      {stateHeld, statePaid},
	OperationUnresolved: {stateVoiding, statePaid},
	RefundMismatch:      {stateRefunding, stateRefunded},
	ForeignRefund:       {stateRefunded},
	RefundUnconfirmed:   {stateRefunding},
	RefundUnresolved:    {stateRefunding},
	RefundImpossible:    {statePaid},
	UnknownPayment:      {statePending, statePaid},
	UnconfirmedNews:     {statePending, statePaid},
	UnreadableNews:      {statePending, statePaid},
	WalletMissing:       {statePending, stateHeld},
	InternalError:       {statePending, statePaid},
}

// standingFlag is a reason as the engine raises it: about the newest refund, payment or
// the order itself.
func standingFlag(why Attention, o *Order) Flag {
	switch why {
	case RefundMismatch, ForeignRefund, RefundUnconfirmed, RefundUnresolved:
		return Flag{Why: why, Payment: 1, Refund: len(o.Refunds)}
	case RefundImpossible, UnknownPayment, UnconfirmedNews, UnreadableNews, InternalError:
		return Flag{Why: why}
	}
	return Flag{Why: why, Payment: len(o.Payments)}
}

// TestWhatAPersonMaySay is what every outcome makes of every reason for attention, as a
// table. An outcome that is not in ResolveOutcomes must be refused and change nothing.
func TestWhatAPersonMaySay(t *testing.T) {
	outcomes := []string{"", ResolvedPaid, ResolvedFailed, ResolvedRefunded, ResolvedVoided}
	var g golden.Table
	for _, why := range Attentions {
		g.Block(string(why))
		if len(resolveStates[why]) == 0 {
			t.Errorf("no order is raised for %s", why)
		}
		for _, state := range resolveStates[why] {
			for _, outcome := range outcomes {
				c := state.make()
				c.raise(standingFlag(why, &c.Order), FromQuery, "", noon)
				events := len(c.Events)
				r := Resolution{Attention: why, Note: "The wallet's console says so.", By: "ann", Outcome: outcome, Source: FromOperator}
				err := c.Resolve(&r, noon.Add(time.Hour))
				said := outcome
				if said == "" {
					said = "cleared only"
				}
				text := became(c, events, nil)
				if err != nil {
					text = explain(err)
				}
				g.Line(text, state.name, said)
				if allowed := outcome == "" || slices.Contains(ResolveOutcomes[why], outcome); !allowed && (fault.KindOf(err) != fault.Invalid || err == nil || len(c.Events) != events) {
					t.Errorf("%s of %s: got %v and %d events, want Invalid and none", outcome, why, err, len(c.Events)-events)
				}
				wantResolved(t, c, events, &r, err)
			}
		}
	}
	g.Compare(t, "resolve.golden")
}

// wantResolved wants a reason that was resolved to be gone, the last event to say by whom
// and why, and no payment to give back more than it took.
func wantResolved(t *testing.T, c *Change, events int, r *Resolution, err error) {
	t.Helper()
	if err != nil {
		return
	}
	if c.Order.Flagged(r.Attention) {
		t.Errorf("%s as %q: it still stands", r.Attention, r.Outcome)
	}
	last := c.Events[len(c.Events)-1]
	if len(c.Events) == events || last.Type != AttentionCleared || last.Data.Cleared.By != r.By || last.Data.Cleared.Note != r.Note || last.Data.Cleared.Outcome != r.Outcome {
		t.Errorf("%s as %q: the last event is %s, %+v", r.Attention, r.Outcome, last.Type, last.Data.Cleared)
	}
	for i := range c.Order.Payments {
		if left := c.Order.Left(&c.Order.Payments[i]); left < 0 {
			t.Errorf("%s as %q: payment %d has %d left", r.Attention, r.Outcome, i+1, left)
		}
	}
	replayed := Replay(c.Events)
	if got, want := standing(&replayed), standing(&c.Order); got != want {
		t.Errorf("%s as %q: the log replays to %s, want %s", r.Attention, r.Outcome, got, want)
	}
}

// TestWhatIsOpenIsNotClearedInSilence has every reason about something open refuse to be
// cleared without an outcome: that hid open money from sight.
func TestWhatIsOpenIsNotClearedInSilence(t *testing.T) {
	open := map[Attention]resolveState{
		AmountUnknown: statePending, LateAuthorization: stateLate, PaymentUnresolved: statePending, HoldUnresolved: stateHeld,
		OperationUnresolved: stateCapturing, RefundUnconfirmed: stateRefunding, RefundUnresolved: stateRefunding, WalletMissing: stateHeld,
	}
	for why, state := range open {
		c := state.make()
		c.raise(standingFlag(why, &c.Order), FromQuery, "", noon)
		err := c.Resolve(&Resolution{Attention: why, Note: "I looked.", By: "ann", Source: FromOperator}, noon)
		if fault.KindOf(err) != fault.Conflict || err == nil || !c.Order.Flagged(why) {
			t.Errorf("%s: got %v, want Conflict, and the reason to stand", why, err)
		}
	}
	for _, why := range Attentions {
		if _, ok := open[why]; ok != why.aboutOpen() {
			t.Errorf("%s: aboutOpen is %v, and the test has a case: %v", why, why.aboutOpen(), ok)
		}
	}
}

// TestReasonsAreClearedOneByOne has three reasons at once: each stands until it is
// cleared itself.
func TestReasonsAreClearedOneByOne(t *testing.T) {
	c := stateTwice.make()
	whys := []Attention{AmountMismatch, DoublePayment, UnknownPayment}
	for _, why := range whys {
		c.raise(standingFlag(why, &c.Order), FromQuery, "", noon)
		c.raise(standingFlag(why, &c.Order), FromQuery, "", noon) // the same reason is raised once
	}
	if got := c.Order.Attention(); !slices.Equal(got, whys) {
		t.Fatalf("got %v, want %v", got, whys)
	}
	for len(whys) > 0 {
		r := Resolution{Attention: whys[0], Note: "Done.", By: "ann", Source: FromOperator}
		if err := c.Resolve(&r, noon); err != nil {
			t.Fatal(err)
		}
		if err := c.Resolve(&r, noon); fault.KindOf(err) != fault.Conflict || err == nil {
			t.Errorf("%s a second time: got %v, want Conflict", whys[0], err)
		}
		whys = whys[1:]
		if got := c.Order.Attention(); !slices.Equal(got, whys) {
			t.Fatalf("got %v, want %v", got, whys)
		}
	}
}

// TestAResolutionStaysWithinBounds has a person name sums and leave out what is required.
func TestAResolutionStaysWithinBounds(t *testing.T) {
	tests := []struct {
		name  string
		state resolveState
		why   Attention
		edit  func(*Resolution)
		want  error
	}{
		{"without a note", statePaid, LatePayment, func(r *Resolution) { r.Note = " " }, fault.Invalid},
		{"of no reason that exists", statePaid, LatePayment, func(r *Resolution) { r.Attention = "boredom" }, fault.Invalid},
		{"of a reason that does not stand", statePaid, LatePayment, func(r *Resolution) { r.Attention = DoublePayment }, fault.Conflict},
		{"in another currency", statePaid, LatePayment, func(r *Resolution) {
			r.Outcome, r.Amount = ResolvedRefunded, wallet.Money{Minor: 100, Currency: "EUR"}
		}, fault.Invalid},
		{"of less than nothing", statePaid, LatePayment, func(r *Resolution) { r.Outcome, r.Amount = ResolvedRefunded, usd(-1) }, fault.Invalid},
		{"refunded, more than is left", statePaid, LatePayment, func(r *Resolution) { r.Outcome, r.Amount = ResolvedRefunded, usd(1235) }, fault.Invalid},
		{"refunded, a part", statePaid, LatePayment, func(r *Resolution) { r.Outcome, r.Amount = ResolvedRefunded, usd(200) }, nil},
		{"an open refund made of more than is left", stateRefunding, RefundUnresolved, func(r *Resolution) {
			r.Outcome, r.Amount = ResolvedRefunded, usd(1235)
		}, fault.Invalid},
		{"an open refund made of all", stateRefunding, RefundUnresolved, func(r *Resolution) { r.Outcome, r.Amount = ResolvedRefunded, usd(1234) }, nil},
		{"paid, less than was refunded", stateRefunded, AmountMismatch, func(r *Resolution) { r.Outcome, r.Amount = ResolvedPaid, usd(299) }, fault.Invalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := test.state.make()
			c.raise(standingFlag(test.why, &c.Order), FromQuery, "", noon)
			r := Resolution{Attention: test.why, Note: "Seen.", By: "ann", Source: FromOperator}
			test.edit(&r)
			err := c.Resolve(&r, noon)
			if (err == nil) != (test.want == nil) || err != nil && fault.KindOf(err) != test.want {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// TestAnOutcomeIsOfOneRefund has two refunds open, of which one was made.
func TestAnOutcomeIsOfOneRefund(t *testing.T) {
	c := stateRefunding.make()
	first := len(c.Order.Refunds)
	second := c.Order.Refunds[first-1]
	second.Number, second.RequestID, second.Amount = first+1, testOrder.RequestID(OpRefund, first+1, 0), 100
	c.Record(RefundPending, FromMerchant, noon, EventData{Refund: &second})
	for _, number := range []int{first, second.Number} {
		c.RaiseRefundAttention(number, RefundUnresolved, nil, FromTime, noon)
	}
	r := Resolution{Attention: RefundUnresolved, Note: "One was made.", By: "ann", Outcome: ResolvedRefunded, Source: FromOperator}
	if err := c.Resolve(&r, noon); fault.KindOf(err) != fault.Invalid {
		t.Fatalf("an outcome of two refunds: got %v, want Invalid", err)
	}
	if r.Refund = second.Number + 1; fault.KindOf(c.Resolve(&r, noon)) != fault.Invalid {
		t.Error("an outcome of a refund that is not there was taken")
	}
	r.Refund = second.Number
	if err := c.Resolve(&r, noon); err != nil {
		t.Fatal(err)
	}
	if got := c.Order.Refunds[second.Number-1].Status; got != wallet.RefundSucceeded || !c.Order.Refunds[first-1].Open() {
		t.Errorf("the refunds are %s and %s, want the named one made and the other open", got, c.Order.Refunds[first-1].Status)
	}
	if !c.Order.Flagged(RefundUnresolved) {
		t.Error("the other refund is open in silence")
	}
}
