package refund

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/bridgetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/golden"
	"github.com/minitill/minitill/wallet"
)

var (
	ann       = bridge.Person{ID: "opr_ann", Name: "ann"}
	annsKey   = bridge.Person{ID: "key_1", Name: "Ann"}
	ben       = bridge.Person{ID: "opr_ben", Name: "ben"}
	someKey   = bridge.Person{ID: "key_2"}
	limit300  = Limit{Order: 300}
	afterNoon = bridgetest.Noon.Add(time.Hour)
)

// guardOf is the guard of a refund that ann asks for, and whose approval expires in a day.
func guardOf(limit Limit) *Guard {
	return &Guard{Limit: limit, Asker: ann, Until: bridgetest.Noon.Add(24 * time.Hour)}
}

// awaiting is a paid order with a refund of 500 that waits for approval.
func awaiting(t *testing.T) *bridge.Change {
	t.Helper()
	c := bridgetest.Unpaid(false)
	bridgetest.Apply(t, c, named(wallet.Paid))
	if _, err := Reserve(c, &Request{Amount: bridgetest.USD(500), Source: bridge.FromMerchant, Guard: guardOf(limit300)}, "", anyWallet, bridgetest.Noon); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestARefundAboveTheLimitOfItsOrderWaits(t *testing.T) {
	for _, test := range []struct {
		name   string
		before []int64 // refunds of the order so far
		minor  int64
		limit  Limit
		counts int64 // in the asker's sum of the day
		waits  bool
	}{
		{name: "no limit", minor: 1234},
		{name: "at the limit", minor: 300, limit: limit300},
		{name: "above the limit", minor: 301, limit: limit300, waits: true},
		{name: "above the limit in two parts", before: []int64{200}, minor: 101, limit: limit300, waits: true},
		{name: "at the limit in two parts", before: []int64{200}, minor: 100, limit: limit300},
		{name: "within the sum of the day", minor: 300, limit: Limit{Day: 300}, counts: 300},
		{name: "not counted in the sum of the day", minor: 300, limit: Limit{Day: 300}, waits: true},
		{name: "more than was counted in the sum of the day", minor: 301, limit: Limit{Day: 400}, counts: 300, waits: true},
		{name: "within the day and above the order", minor: 301, limit: Limit{Order: 300, Day: 400}, counts: 301, waits: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := bridgetest.Order(false, bridgetest.Paid(1234))
			for _, minor := range test.before {
				bridgetest.Refund(c, 1, minor, wallet.RefundSucceeded)
			}
			g := guardOf(test.limit)
			g.Counted = test.counts
			number, err := Reserve(c, &Request{Amount: bridgetest.USD(test.minor), Source: bridge.FromMerchant, Guard: g}, "", anyWallet, bridgetest.Noon)
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
	c := bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234)), 1, 300, wallet.RefundFailed)
	if _, err := Reserve(c, &Request{Amount: bridgetest.USD(300), Guard: guardOf(limit300)}, "", anyWallet, bridgetest.Noon); err != nil || c.Order.Refunds[1].Awaiting() {
		t.Errorf("got %v and approval %q, want a refund that does not wait", err, c.Order.Refunds[1].Approval.State)
	}
}

// approvalStates are the ways in which a refund of 500 that ann asked for can stand.
func approvalStates(t *testing.T) []struct {
	name  string
	begin func() *bridge.Change
} {
	by := func(decide func(c *bridge.Change)) func() *bridge.Change {
		return func() *bridge.Change {
			c := awaiting(t)
			decide(c)
			return c
		}
	}
	approved := by(func(c *bridge.Change) { _, _ = Approve(c, &Decision{Refund: 1, By: ben}, anyWallet, bridgetest.Noon) })
	return []struct {
		name  string
		begin func() *bridge.Change
	}{
		{"needs no approval", func() *bridge.Change { return withRefund(t) }},
		{"waiting", func() *bridge.Change { return awaiting(t) }},
		{"waiting, and its time is up", func() *bridge.Change {
			c := awaiting(t)
			r := c.Order.Refunds[0]
			r.Approval.Until = bridgetest.Noon
			c.Record(bridge.RefundUpdated, bridge.FromTime, bridgetest.Noon, bridge.EventData{Refund: &r})
			return c
		}},
		{"waiting, and the payment was reversed", by(func(c *bridge.Change) {
			bridgetest.Apply(t, c, bridgetest.News(bridge.FromNotification, wallet.Canceled))
		})},
		{"waiting, and 1000 were refunded at the provider's console", by(func(c *bridge.Change) {
			bridgetest.Apply(t, c, refundNews(wallet.RefundRef{RefundID: "R9"}, wallet.RefundSucceeded, 1000, bridge.FromQuery))
		})},
		{"waiting, and 700 were refunded at the provider's console", by(func(c *bridge.Change) {
			bridgetest.Apply(t, c, refundNews(wallet.RefundRef{RefundID: "R9"}, wallet.RefundSucceeded, 700, bridge.FromQuery))
		})},
		{"approved", approved},
		{"rejected", by(func(c *bridge.Change) { _, _ = Reject(c, &Decision{Refund: 1, By: ben}, bridgetest.Noon) })},
		{"expired", by(func(c *bridge.Change) { Expire(c, bridgetest.Noon.Add(24*time.Hour)) })},
		{"reported by the wallet, unapproved", by(func(c *bridge.Change) {
			bridgetest.Apply(t, c, refundNews(wallet.RefundRef{RequestID: bridgetest.ID.RequestID(bridge.OpRefund, 1, 0), RefundID: "R1"}, wallet.RefundSucceeded, 500, bridge.FromQuery))
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
		{"another operator, of the amount", Decision{Refund: 1, By: ben, Amount: bridgetest.USD(500)}, true},
		{"another operator, of another amount", Decision{Refund: 1, By: ben, Amount: bridgetest.USD(501)}, true},
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
					again, err = Approve(c, &decision.d, able, afterNoon)
				} else {
					again, err = Reject(c, &decision.d, afterNoon)
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
				wantReplay(t, c)
				g.Line(outcome, name, decision.name)
			}
		}
	}
	g.Compare(t, "approvals.golden")
}

func TestARefundThatTheWalletReportsThoughItWasNeverApprovedNeedsAttention(t *testing.T) {
	for _, status := range []wallet.RefundStatus{wallet.RefundPending, wallet.RefundWaiting, wallet.RefundSucceeded, wallet.RefundFailed} {
		c := awaiting(t)
		n := refundNews(wallet.RefundRef{RequestID: bridgetest.ID.RequestID(bridge.OpRefund, 1, 0), RefundID: "R1"}, status, 500, bridge.FromQuery)
		bridgetest.Apply(t, c, n)
		r := &c.Order.Refunds[0]
		if r.Status != status || r.Awaiting() || !c.Order.Flagged(bridge.RefundMismatch) {
			t.Errorf("%s: got %s, approval %s, attention %q", status, r.Status, r.Approval.State, reasons(&c.Order))
		}
		if _, err := Approve(c, &Decision{Refund: 1, By: ben}, anyWallet, afterNoon); fault.KindOf(err) != fault.Conflict || err == nil {
			t.Errorf("%s: got %v for its approval, want Conflict", status, err)
		}
	}
}

func TestARefundThatWaitsForApprovalIsNothingThatAWalletIsQueriedAbout(t *testing.T) {
	c := awaiting(t)
	c.RaiseOverdue(bridgetest.Noon.Add(1000 * time.Hour))
	o := &c.Order
	switch {
	case o.Unsettled(), o.HasUnidentifiedRefund(1), len(o.Attention()) > 0, !o.NextLimit(bridgetest.Noon).IsZero():
		t.Errorf("unsettled %v, unidentified %v, attention %v, limit %v", o.Unsettled(), o.HasUnidentifiedRefund(1), o.Attention(), o.NextLimit(bridgetest.Noon))
	case !o.ApprovalEnds().Equal(bridgetest.Noon.Add(24 * time.Hour)):
		t.Errorf("its approval ends at %v", o.ApprovalEnds())
	}
	other := bridge.Refund{Number: 2, Payment: 1, Amount: 100}
	if books := Books(o, &other); books.Open.Minor != 0 {
		t.Errorf("the wallet's books have %d open, want none", books.Open.Minor)
	}
}

// TestTheTimeThatARefundMayBeOpenBeginsWithItsApproval approves a refund after a long wait.
func TestTheTimeThatARefundMayBeOpenBeginsWithItsApproval(t *testing.T) {
	c := awaiting(t)
	at := bridgetest.Noon.Add(23 * time.Hour)
	if _, err := Approve(c, &Decision{Refund: 1, By: ben}, anyWallet, at); err != nil {
		t.Fatal(err)
	}
	if c.RaiseOverdue(at.Add(2 * time.Hour)); c.Order.Flagged(bridge.RefundUnresolved) {
		t.Error("it is flagged two hours after its approval")
	}
	if c.RaiseOverdue(at.Add(25 * time.Hour)); !c.Order.Flagged(bridge.RefundUnresolved) {
		t.Error("it is not flagged a day after its approval")
	}
}

// TestNoWayLeadsAroundASecondOperator draws what people, time and the wallet do, in any order
// and repeated.
func TestNoWayLeadsAroundASecondOperator(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := bridgetest.Unpaid(false)
		if err := c.Apply(named(wallet.Paid), bridgetest.Noon); err != nil {
			t.Fatal(err)
		}
		now := bridgetest.Noon
		people := []bridge.Person{ann, annsKey, ben, someKey, {}}
		decided := map[int]bridge.Person{} // by refund, who approved it
		t.Repeat(map[string]func(*rapid.T){
			"ask": func(t *rapid.T) {
				g := &Guard{Limit: limit300, Asker: rapid.SampledFrom(people).Draw(t, "asker"), Until: now.Add(24 * time.Hour)}
				_, _ = Reserve(c, &Request{Amount: bridgetest.USD(rapid.Int64Range(1, 600).Draw(t, "minor")), Guard: g}, "", anyWallet, now)
			},
			"approve": func(t *rapid.T) {
				d := Decision{Refund: rapid.IntRange(1, 4).Draw(t, "refund"), By: rapid.SampledFrom(people).Draw(t, "by")}
				if again, err := Approve(c, &d, anyWallet, now); err == nil && !again {
					if decided[d.Refund] != (bridge.Person{}) {
						t.Fatalf("refund %d was approved twice", d.Refund)
					}
					decided[d.Refund] = d.By
				}
			},
			"reject": func(t *rapid.T) {
				d := Decision{Refund: rapid.IntRange(1, 4).Draw(t, "refund"), By: rapid.SampledFrom(people).Draw(t, "by")}
				if again, err := Reject(c, &d, now); err == nil && !again && decided[d.Refund] != (bridge.Person{}) {
					t.Fatalf("refund %d was rejected after its approval", d.Refund)
				}
			},
			"time": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour)
				Expire(c, now)
			},
			"reversal": func(t *rapid.T) { _ = c.Apply(bridgetest.News(bridge.FromNotification, wallet.Canceled), now) },
			"": func(t *rapid.T) {
				for i := range c.Order.Refunds {
					r := &c.Order.Refunds[i]
					by := decided[r.Number]
					if r.Approval.State != "" && r.Calls.Tries > 0 && (by == (bridge.Person{}) || SamePerson(by, r.Approval.Asked)) {
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
