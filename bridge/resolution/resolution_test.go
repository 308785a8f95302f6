package resolution

import (
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/bridgetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/golden"
	"github.com/minitill/minitill/wallet"
)

// resolveState is an order that a reason for attention can be about.
type resolveState struct {
	name string
	make func() *bridge.Change
}

var (
	statePending = resolveState{"pending", func() *bridge.Change { return bridgetest.Order(false, bridge.Payment{Status: wallet.Pending}) }}
	stateHeld    = resolveState{"held 1234", func() *bridge.Change {
		return bridgetest.Order(true, bridge.Payment{Status: wallet.Authorized, Authorized: 1234})
	}}
	stateFailed = resolveState{"failed", func() *bridge.Change { return bridgetest.Order(false, bridge.Payment{Status: wallet.Failed}) }}
	statePaid   = resolveState{"paid", func() *bridge.Change { return bridgetest.Order(false, bridgetest.Paid(1234)) }}
	stateTwice  = resolveState{"paid twice", func() *bridge.Change { return bridgetest.Order(false, bridgetest.Paid(1234), bridgetest.Paid(1234)) }}
	stateTaken  = resolveState{"paid and reversed", func() *bridge.Change {
		return bridgetest.Order(false, bridge.Payment{Status: wallet.Paid, Paid: 1234, PaidID: "W", Reversed: 1234, ReversedAt: bridgetest.Noon})
	}}
	stateLate = resolveState{"failed, held late", func() *bridge.Change {
		return bridgetest.Order(true, bridge.Payment{Status: wallet.Failed, Authorized: 1234, LateHold: true})
	}}
	stateCapturing = resolveState{"held 1234, a capture of 1000 open", func() *bridge.Change {
		return bridgetest.Order(true, bridge.Payment{Status: wallet.Authorized, Authorized: 1234, Operation: &bridge.Operation{Number: 1, RequestID: "R", Amount: 1000, Calls: bridge.Calls{Tries: 1, LastSentAt: bridgetest.Noon}}})
	}}
	stateVoiding = resolveState{"held 1234, a void open", func() *bridge.Change {
		return bridgetest.Order(true, bridge.Payment{Status: wallet.Authorized, Authorized: 1234, Operation: &bridge.Operation{Number: 1, RequestID: "R", Void: true, Calls: bridge.Calls{Tries: 1, LastSentAt: bridgetest.Noon}}})
	}}
	stateRefunding = resolveState{"paid, 300 on their way", func() *bridge.Change {
		return bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234)), 1, 300, wallet.RefundPending)
	}}
	stateRefunded = resolveState{"paid, 300 refunded", func() *bridge.Change {
		return bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234)), 1, 300, wallet.RefundSucceeded)
	}}
)

// resolveStates are the orders that each reason is raised for.
var resolveStates = map[bridge.Attention][]resolveState{
	bridge.AmountMismatch:      {statePending, stateHeld, stateFailed, statePaid},
	bridge.AmountUnknown:       {statePending, stateHeld, statePaid},
	bridge.LatePayment:         {statePaid},
	bridge.LateAuthorization:   {stateLate, stateHeld, stateFailed},
	bridge.DoublePayment:       {stateTwice},
	bridge.PaymentReversed:     {stateTaken},
	bridge.PaymentUnresolved:   {statePending, statePaid},
	bridge.HoldUnresolved:      {stateHeld, statePaid},
	bridge.OperationUnresolved: {stateVoiding, statePaid},
	bridge.RefundMismatch:      {stateRefunding, stateRefunded},
	bridge.ForeignRefund:       {stateRefunded},
	bridge.RefundUnconfirmed:   {stateRefunding},
	bridge.RefundUnresolved:    {stateRefunding},
	bridge.RefundImpossible:    {statePaid},
	bridge.UnknownPayment:      {statePending, statePaid},
	bridge.UnconfirmedNews:     {statePending, statePaid},
	bridge.UnreadableNews:      {statePending, statePaid},
	bridge.WalletMissing:       {statePending, stateHeld},
	bridge.InternalError:       {statePending, statePaid},
}

// raise raises a reason as the engine does: about the newest refund, payment or the order
// itself.
func raise(c *bridge.Change, why bridge.Attention) {
	switch why {
	case bridge.RefundMismatch, bridge.ForeignRefund, bridge.RefundUnconfirmed, bridge.RefundUnresolved:
		c.RaiseRefundAttention(len(c.Order.Refunds), why, nil, bridge.FromQuery, bridgetest.Noon)
	case bridge.RefundImpossible, bridge.UnknownPayment, bridge.UnconfirmedNews, bridge.UnreadableNews, bridge.InternalError:
		c.RaiseOrderAttention(why, bridge.FromQuery, bridgetest.Noon)
	default:
		c.RaisePaymentAttention(len(c.Order.Payments), why, nil, bridge.News{Source: bridge.FromQuery}, bridgetest.Noon)
	}
}

// TestWhatAPersonMaySay is what every outcome makes of every reason for attention, as a
// table. An outcome that is not in ResolveOutcomes must be refused and change nothing.
func TestWhatAPersonMaySay(t *testing.T) {
	outcomes := []string{"", Paid, Failed, Refunded, Voided}
	var g golden.Table
	for _, why := range bridge.Attentions {
		g.Block(string(why))
		if len(resolveStates[why]) == 0 {
			t.Errorf("no order is raised for %s", why)
		}
		for _, state := range resolveStates[why] {
			for _, outcome := range outcomes {
				c := state.make()
				raise(c, why)
				events := len(c.Events)
				r := Decision{Attention: why, Note: "The wallet's console says so.", By: "ann", Outcome: outcome, Source: bridge.FromOperator}
				err := Apply(c, &r, bridgetest.Noon.Add(time.Hour))
				said := outcome
				if said == "" {
					said = "cleared only"
				}
				text := became(c, events)
				if err != nil {
					text = explain(err)
				}
				g.Line(text, state.name, said)
				if allowed := outcome == "" || slices.Contains(Outcomes[why], outcome); !allowed && (fault.KindOf(err) != fault.Invalid || err == nil || len(c.Events) != events) {
					t.Errorf("%s of %s: got %v and %d events, want Invalid and none", outcome, why, err, len(c.Events)-events)
				}
				wantResolved(t, c, events, &r, err)
			}
		}
	}
	g.Compare(t, "resolve.golden")
}

// wantResolved requires a reason that was resolved to be gone, the last event to say by whom
// and why, and no payment to give back more than it took.
func wantResolved(t *testing.T, c *bridge.Change, events int, r *Decision, err error) {
	t.Helper()
	if err != nil {
		return
	}
	if c.Order.Flagged(r.Attention) {
		t.Errorf("%s as %q: it still stands", r.Attention, r.Outcome)
	}
	last := c.Events[len(c.Events)-1]
	if len(c.Events) == events || last.Type != bridge.AttentionCleared || last.Data.Cleared.By != r.By || last.Data.Cleared.Note != r.Note || last.Data.Cleared.Outcome != r.Outcome {
		t.Errorf("%s as %q: the last event is %s, %+v", r.Attention, r.Outcome, last.Type, last.Data.Cleared)
	}
	for i := range c.Order.Payments {
		if left := c.Order.Left(&c.Order.Payments[i]); left < 0 {
			t.Errorf("%s as %q: payment %d has %d left", r.Attention, r.Outcome, i+1, left)
		}
	}
	replayed := bridge.Replay(c.Events)
	if got, want := standing(&replayed), standing(&c.Order); got != want {
		t.Errorf("%s as %q: the log replays to %s, want %s", r.Attention, r.Outcome, got, want)
	}
}

// TestWhatIsOpenIsNotClearedInSilence has every reason about something open refuse to be
// cleared without an outcome: that hid open money from sight.
func TestWhatIsOpenIsNotClearedInSilence(t *testing.T) {
	open := map[bridge.Attention]resolveState{
		bridge.AmountUnknown: statePending, bridge.LateAuthorization: stateLate, bridge.PaymentUnresolved: statePending, bridge.HoldUnresolved: stateHeld,
		bridge.OperationUnresolved: stateCapturing, bridge.RefundUnconfirmed: stateRefunding, bridge.RefundUnresolved: stateRefunding, bridge.WalletMissing: stateHeld,
	}
	for why, state := range open {
		c := state.make()
		raise(c, why)
		err := Apply(c, &Decision{Attention: why, Note: "I checked.", By: "ann", Source: bridge.FromOperator}, bridgetest.Noon)
		if fault.KindOf(err) != fault.Conflict || err == nil || !c.Order.Flagged(why) {
			t.Errorf("%s: got %v, want Conflict, and the reason to stand", why, err)
		}
	}
	for _, why := range bridge.Attentions {
		if _, ok := open[why]; ok != why.AboutOpen() {
			t.Errorf("%s: AboutOpen is %v, and the test has a case: %v", why, why.AboutOpen(), ok)
		}
	}
}

// TestReasonsAreClearedOneByOne has three reasons at once: each stands until it is
// cleared itself.
func TestReasonsAreClearedOneByOne(t *testing.T) {
	c := stateTwice.make()
	whys := []bridge.Attention{bridge.AmountMismatch, bridge.DoublePayment, bridge.UnknownPayment}
	for _, why := range whys {
		raise(c, why)
		raise(c, why) // the same reason is raised once
	}
	if got := c.Order.Attention(); !slices.Equal(got, whys) {
		t.Fatalf("got %v, want %v", got, whys)
	}
	for len(whys) > 0 {
		r := Decision{Attention: whys[0], Note: "Done.", By: "ann", Source: bridge.FromOperator}
		if err := Apply(c, &r, bridgetest.Noon); err != nil {
			t.Fatal(err)
		}
		if err := Apply(c, &r, bridgetest.Noon); fault.KindOf(err) != fault.Conflict || err == nil {
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
		why   bridge.Attention
		edit  func(*Decision)
		want  error
	}{
		{"without a note", statePaid, bridge.LatePayment, func(r *Decision) { r.Note = " " }, fault.Invalid},
		{"of no reason that exists", statePaid, bridge.LatePayment, func(r *Decision) { r.Attention = "boredom" }, fault.Invalid},
		{"of a reason that does not stand", statePaid, bridge.LatePayment, func(r *Decision) { r.Attention = bridge.DoublePayment }, fault.Conflict},
		{"in another currency", statePaid, bridge.LatePayment, func(r *Decision) {
			r.Outcome, r.Amount = Refunded, wallet.Money{Minor: 100, Currency: "EUR"}
		}, fault.Invalid},
		{"of less than nothing", statePaid, bridge.LatePayment, func(r *Decision) { r.Outcome, r.Amount = Refunded, bridgetest.USD(-1) }, fault.Invalid},
		{"refunded, more than is left", statePaid, bridge.LatePayment, func(r *Decision) { r.Outcome, r.Amount = Refunded, bridgetest.USD(1235) }, fault.Invalid},
		{"refunded, a part", statePaid, bridge.LatePayment, func(r *Decision) { r.Outcome, r.Amount = Refunded, bridgetest.USD(200) }, nil},
		{"an open refund made of more than is left", stateRefunding, bridge.RefundUnresolved, func(r *Decision) {
			r.Outcome, r.Amount = Refunded, bridgetest.USD(1235)
		}, fault.Invalid},
		{"an open refund made of all", stateRefunding, bridge.RefundUnresolved, func(r *Decision) { r.Outcome, r.Amount = Refunded, bridgetest.USD(1234) }, nil},
		{"paid, less than was refunded", stateRefunded, bridge.AmountMismatch, func(r *Decision) { r.Outcome, r.Amount = Paid, bridgetest.USD(299) }, fault.Invalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := test.state.make()
			raise(c, test.why)
			r := Decision{Attention: test.why, Note: "Seen.", By: "ann", Source: bridge.FromOperator}
			test.edit(&r)
			err := Apply(c, &r, bridgetest.Noon)
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
	second.Number, second.RequestID, second.Amount = first+1, bridgetest.ID.RequestID(bridge.OpRefund, first+1, 0), 100
	c.Record(bridge.RefundPending, bridge.FromMerchant, bridgetest.Noon, bridge.EventData{Refund: &second})
	for _, number := range []int{first, second.Number} {
		c.RaiseRefundAttention(number, bridge.RefundUnresolved, nil, bridge.FromTime, bridgetest.Noon)
	}
	r := Decision{Attention: bridge.RefundUnresolved, Note: "One was made.", By: "ann", Outcome: Refunded, Source: bridge.FromOperator}
	if err := Apply(c, &r, bridgetest.Noon); fault.KindOf(err) != fault.Invalid {
		t.Fatalf("an outcome of two refunds: got %v, want Invalid", err)
	}
	if r.Refund = second.Number + 1; fault.KindOf(Apply(c, &r, bridgetest.Noon)) != fault.Invalid {
		t.Error("an outcome of a refund that is not there was taken")
	}
	r.Refund = second.Number
	if err := Apply(c, &r, bridgetest.Noon); err != nil {
		t.Fatal(err)
	}
	if got := c.Order.Refunds[second.Number-1].Status; got != wallet.RefundSucceeded || !c.Order.Refunds[first-1].Open() {
		t.Errorf("the refunds are %s and %s, want the named one made and the other open", got, c.Order.Refunds[first-1].Status)
	}
	if !c.Order.Flagged(bridge.RefundUnresolved) {
		t.Error("the other refund is open in silence")
	}
}
