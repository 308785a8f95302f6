package bridge

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/golden"
	"github.com/minitill/minitill/wallet"
)

var (
	ann       = Person{ID: "opr_ann", Name: "ann"}
	annsKey   = Person{ID: "key_1", Name: "Ann"}
	ben       = Person{ID: "opr_ben", Name: "ben"}
	someKey   = Person{ID: "key_2"}
	limit300  = RefundLimit{Order: 300}
	afterNoon = noon.Add(time.Hour)
)

// guardOf is the guard of a refund that ann asks for, and whose approval expires in a day.
func guardOf(limit RefundLimit) *RefundGuard {
	return &RefundGuard{Limit: limit, Asker: ann, Until: noon.Add(24 * time.Hour)}
}

// awaiting is a paid order with a refund of 500 that waits for approval.
func awaiting(t *testing.T) *Change {
	t.Helper()
	c := begin(false)
	mustApply(t, c, named(says(1, wallet.Paid)))
	if _, err := c.ReserveRefund(&RefundRequest{Amount: usd(500), Source: FromMerchant, Guard: guardOf(limit300)}, "", anyWallet, noon); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestARefundAboveTheLimitOfItsOrderWaits(t *testing.T) {
	for _, test := range []struct {
		name   string
		before []int64 // refunds of the order so far
		minor  int64
		limit  RefundLimit
		counts int64 // in the asker's sum of the day
		waits  bool
	}{
		{name: "no limit", minor: 1234},
		{name: "at the limit", minor: 300, limit: limit300},
		{name: "above the limit", minor: 301, limit: limit300, waits: true},
		{name: "above the limit in two parts", before: []int64{200}, minor: 101, limit: limit300, waits: true},
		{name: "at the limit in two parts", before: []int64{200}, minor: 100, limit: limit300},
		{name: "within the sum of the day", minor: 300, limit: RefundLimit{Day: 300}, counts: 300},
		{name: "not counted in the sum of the day", minor: 300, limit: RefundLimit{Day: 300}, waits: true},
		{name: "more than was counted in the sum of the day", minor: 301, limit: RefundLimit{Day: 400}, counts: 300, waits: true},
		{name: "within the day and above the order", minor: 301, limit: RefundLimit{Order: 300, Day: 400}, counts: 301, waits: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := stood(false, paidPayment(1234))
			for _, minor := range test.before {
				refunding(c, 1, minor, wallet.RefundSucceeded)
			}
			g := guardOf(test.limit)
			g.Counted = test.counts
			number, err := c.ReserveRefund(&RefundRequest{Amount: usd(test.minor), Source: FromMerchant, Guard: g}, "", anyWallet, noon)
			if err != nil {
				t.Fatal(err)
			}
			r := &c.Order.Refunds[number-1]
			if r.Awaiting() != test.waits || r.Sent() == test.waits || (r.Calls.Tries == 0) != test.waits {
				t.Errorf("got %s after %d calls with approval %q, want waiting %v", r.Status, r.Calls.Tries, r.Approval.State, test.waits)
			}
			if c.Order.RefundOpen != test.minor {
				t.Errorf("got %d reserved, want %d", c.Order.RefundOpen, test.minor)
			}
		})
	}
}

func TestAFailedRefundDoesNotCountTowardsTheLimit(t *testing.T) {
	c := refunding(stood(false, paidPayment(1234)), 1, 300, wallet.RefundFailed)
	if _, err := c.ReserveRefund(&RefundRequest{Amount: usd(300), Guard: guardOf(limit300)}, "", anyWallet, noon); err != nil || c.Order.Refunds[1].Awaiting() {
		t.Errorf("got %v and approval %q, want a refund that does not wait", err, c.Order.Refunds[1].Approval.State)
	}
}

// approvalStates are the ways in which a refund of 500 that ann asked for can stand.
func approvalStates(t *testing.T) []struct {
	name  string
	begin func() *Change
} {
	by := func(decide func(c *Change)) func() *Change {
		return func() *Change {
			c := awaiting(t)
			decide(c)
			return c
		}
	}
	approved := by(func(c *Change) { _, _ = c.ApproveRefund(&Decision{Refund: 1, By: ben}, anyWallet, noon) })
	return []struct {
		name  string
		begin func() *Change
	}{
		{"needs no approval", func() *Change { return withRefund(t) }},
		{"waiting", func() *Change { return awaiting(t) }},
		{"waiting, and its time is up", func() *Change {
			c := awaiting(t)
			r := c.Order.Refunds[0]
			r.Approval.Until = noon
			c.Record(RefundUpdated, FromTime, noon, EventData{Refund: &r})
			return c
		}},
		{"waiting, and the payment was reversed", by(func(c *Change) { mustApply(t, c, says(1, wallet.Canceled)) })},
		{"waiting, and 1000 were refunded at the provider's console", by(func(c *Change) {
			mustApply(t, c, refundNews(wallet.RefundRef{RefundID: "R9"}, wallet.RefundSucceeded, 1000, FromQuery))
		})},
		{"waiting, and 700 were refunded at the provider's console", by(func(c *Change) {
			mustApply(t, c, refundNews(wallet.RefundRef{RefundID: "R9"}, wallet.RefundSucceeded, 700, FromQuery))
		})},
		{"approved", approved},
		{"rejected", by(func(c *Change) { _, _ = c.RejectRefund(&Decision{Refund: 1, By: ben}, noon) })},
		{"expired", by(func(c *Change) { c.ExpireApprovals(noon.Add(24 * time.Hour)) })},
		{"reported by the wallet, unapproved", by(func(c *Change) {
			mustApply(t, c, refundNews(wallet.RefundRef{RequestID: testOrder.RequestID(OpRefund, 1, 0), RefundID: "R1"}, wallet.RefundSucceeded, 500, FromQuery))
		})},
	}
}

// TestWhatASecondOperatorMayDecide is the rule about approvals as a table.
func TestWhatASecondOperatorMayDecide(t *testing.T) {
	decisions := []struct {
		name string
		d    Decision
		able bool
	}{
		{"another operator", Decision{Refund: 1, By: ben}, true},
		{"another operator, of the amount", Decision{Refund: 1, By: ben, Amount: usd(500)}, true},
		{"another operator, of another amount", Decision{Refund: 1, By: ben, Amount: usd(501)}, true},
		{"another operator, of another currency", Decision{Refund: 1, By: ben, Amount: wallet.Money{Minor: 500, Currency: "EUR"}}, true},
		{"another operator, at a wallet that cannot refund", Decision{Refund: 1, By: ben}, false},
		{"an API key", Decision{Refund: 1, By: someKey}, true},
		{"who asked for it", Decision{Refund: 1, By: ann}, true},
		{"an API key of who asked for it", Decision{Refund: 1, By: annsKey}, true},
		{"a caller without an identity", Decision{Refund: 1}, true},
		{"another operator, of a refund that is not there", Decision{Refund: 2, By: ben}, true},
	}
	var g golden.Table
	for _, state := range approvalStates(t) {
		g.Block(state.name)
		for _, decision := range decisions {
			able := func(string) bool { return decision.able }
			for _, name := range []string{"approve", "reject"} {
				c := state.begin()
				events := len(c.Events)
				var again bool
				var err error
				if name == "approve" {
					again, err = c.ApproveRefund(&decision.d, able, afterNoon)
				} else {
					again, err = c.RejectRefund(&decision.d, afterNoon)
				}
				outcome := explain(err)
				switch {
				case err == nil && again:
					outcome = "as before"
				case err == nil:
					r := &c.Order.Refunds[0]
					outcome = fmt.Sprintf("%s %s, %d calls, %d reserved, by %s", r.Status, r.Code, r.Calls.Tries, c.Order.RefundOpen, r.Approval.By.ID)
				}
				if (err != nil || again) && len(c.Events) != events {
					t.Errorf("%s, %s by %s: %d events were recorded, want none", state.name, name, decision.name, len(c.Events)-events)
				}
				wantReplayed(t, c)
				g.Line(outcome, name, decision.name)
			}
		}
	}
	g.Compare(t, "approvals.golden")
}

// wantReplayed wants the event log to replay to the order.
func wantReplayed(t *testing.T, c *Change) {
	t.Helper()
	replayed := Replay(c.Events)
	if got, want := standing(&replayed), standing(&c.Order); got != want {
		t.Errorf("the log replays to %s, want %s", got, want)
	}
}

func TestARefundThatTheWalletReportsThoughItWasNeverApprovedNeedsAttention(t *testing.T) {
	for _, status := range []wallet.RefundStatus{wallet.RefundPending, wallet.RefundWaiting, wallet.RefundSucceeded, wallet.RefundFailed} {
		c := awaiting(t)
		n := refundNews(wallet.RefundRef{RequestID: testOrder.RequestID(OpRefund, 1, 0), RefundID: "R1"}, status, 500, FromQuery)
		mustApply(t, c, n)
		r := &c.Order.Refunds[0]
		if r.Status != status || r.Awaiting() || !c.Order.Flagged(RefundMismatch) {
			t.Errorf("%s: got %s, approval %s, attention %q", status, r.Status, r.Approval.State, reasons(&c.Order))
		}
		if _, err := c.ApproveRefund(&Decision{Refund: 1, By: ben}, anyWallet, afterNoon); fault.KindOf(err) != fault.Conflict || err == nil {
			t.Errorf("%s: got %v for its approval, want Conflict", status, err)
		}
	}
}

func TestARefundThatWaitsForApprovalIsNothingThatAWalletIsQueriedAbout(t *testing.T) {
	c := awaiting(t)
	c.RaiseOverdue(noon.Add(1000 * time.Hour))
	o := &c.Order
	switch {
	case o.Unsettled(), o.HasUnidentifiedRefund(1), len(o.Attention()) > 0, !o.NextLimit(noon).IsZero():
		t.Errorf("unsettled %v, unidentified %v, attention %v, limit %v", o.Unsettled(), o.HasUnidentifiedRefund(1), o.Attention(), o.NextLimit(noon))
	case !o.ApprovalEnds().Equal(noon.Add(24 * time.Hour)):
		t.Errorf("its approval ends at %v", o.ApprovalEnds())
	}
	other := Refund{Number: 2, Payment: 1, Amount: 100}
	if books := o.RefundBooks(&other); books.Open.Minor != 0 {
		t.Errorf("the wallet's books have %d open, want none", books.Open.Minor)
	}
}

// TestTheTimeThatARefundMayBeOpenBeginsWithItsApproval approves a refund after a long wait.
func TestTheTimeThatARefundMayBeOpenBeginsWithItsApproval(t *testing.T) {
	c := awaiting(t)
	at := noon.Add(23 * time.Hour)
	if _, err := c.ApproveRefund(&Decision{Refund: 1, By: ben}, anyWallet, at); err != nil {
		t.Fatal(err)
	}
	if c.RaiseOverdue(at.Add(2 * time.Hour)); c.Order.Flagged(RefundUnresolved) {
		t.Error("it is flagged two hours after its approval")
	}
	if c.RaiseOverdue(at.Add(25 * time.Hour)); !c.Order.Flagged(RefundUnresolved) {
		t.Error("it is not flagged a day after its approval")
	}
}

// TestNoWayLeadsAroundASecondOperator draws what people, time and the wallet do, in any order
// and repeated.
func TestNoWayLeadsAroundASecondOperator(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := begin(false)
		if err := c.Apply(named(says(1, wallet.Paid)), noon); err != nil {
			t.Fatal(err)
		}
		now := noon
		people := []Person{ann, annsKey, ben, someKey, {}}
		decided := map[int]Person{} // by refund, who approved it
		t.Repeat(map[string]func(*rapid.T){
			"ask": func(t *rapid.T) {
				g := &RefundGuard{Limit: limit300, Asker: rapid.SampledFrom(people).Draw(t, "asker"), Until: now.Add(24 * time.Hour)}
				_, _ = c.ReserveRefund(&RefundRequest{Amount: usd(rapid.Int64Range(1, 600).Draw(t, "minor")), Guard: g}, "", anyWallet, now)
			},
			"approve": func(t *rapid.T) {
				d := Decision{Refund: rapid.IntRange(1, 4).Draw(t, "refund"), By: rapid.SampledFrom(people).Draw(t, "by")}
				if again, err := c.ApproveRefund(&d, anyWallet, now); err == nil && !again {
					if decided[d.Refund].Known() {
						t.Fatalf("refund %d was approved twice", d.Refund)
					}
					decided[d.Refund] = d.By
				}
			},
			"reject": func(t *rapid.T) {
				d := Decision{Refund: rapid.IntRange(1, 4).Draw(t, "refund"), By: rapid.SampledFrom(people).Draw(t, "by")}
				if again, err := c.RejectRefund(&d, now); err == nil && !again && decided[d.Refund].Known() {
					t.Fatalf("refund %d was rejected after its approval", d.Refund)
				}
			},
			"time": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour)
				c.ExpireApprovals(now)
			},
			"reversal": func(t *rapid.T) { _ = c.Apply(says(1, wallet.Canceled), now) },
			"": func(t *rapid.T) {
				for i := range c.Order.Refunds {
					r := &c.Order.Refunds[i]
					by := decided[r.Number]
					if r.Approval.State != "" && r.Calls.Tries > 0 && (!by.Known() || by.Same(r.Approval.Asked)) {
						t.Fatalf("refund %d was sent, approved by %+v after %+v had asked", r.Number, by, r.Approval.Asked)
					}
					if r.Awaiting() && !now.Before(r.Approval.Until) {
						t.Fatalf("refund %d waits after its end", r.Number)
					}
				}
				if o := &c.Order; o.Refunded+o.RefundOpen > o.Paid {
					t.Fatalf("%d of %d go back", o.Refunded+o.RefundOpen, o.Paid)
				}
			},
		})
		wantReplay(t, c)
	})
}
