package engine_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

var (
	ann     = bridge.Person{ID: "opr_ann", Name: "ann"}
	annsKey = bridge.Person{ID: "key_1", Name: "ann"}
	ben     = bridge.Person{ID: "opr_ben", Name: "ben"}
)

// limitsOf lets refunds above limits in USD wait for approval.
func limitsOf(order, day int64) option {
	return func(_ *simulator.Config, c *engine.Config) {
		c.Apps[0].Approvals.Limits = map[wallet.Currency]refund.Limit{"USD": {Order: order, Day: day}}
	}
}

func (w *world) as(p bridge.Person) context.Context { return engine.WithPerson(w.ctx, p) }

// requests lets a person request a refund.
func (w *world) requests(p bridge.Person, id bridge.OrderID, minor int64, once *engine.Once) (engine.Outcome, error) {
	return w.engine.Refund(w.as(p), id, refund.Request{Amount: usd(minor), Source: bridge.FromOperator}, once)
}

func (w *world) approves(p bridge.Person, id bridge.OrderID, once *engine.Once) (engine.Outcome, error) {
	return w.engine.ApproveRefund(w.as(p), id, refund.Decision{Refund: 1, Note: "As agreed.", Source: bridge.FromOperator}, once)
}

func (w *world) rejects(p bridge.Person, id bridge.OrderID, once *engine.Once) (engine.Outcome, error) {
	return w.engine.RejectRefund(w.as(p), id, refund.Decision{Refund: 1, Note: "Not agreed.", Source: bridge.FromOperator}, once)
}

// waiting is a paid order of 450 with a refund of 300 that waits for approval.
func (w *world) waiting() bridge.Order {
	w.Helper()
	o := w.paid()
	outcome, err := w.requests(ann, o.ID, 300, keyed("request"))
	if err != nil || outcome.Answer == nil {
		w.Fatalf("got %+v, %v", outcome, err)
	}
	o = w.wantRefunds(o.ID, 0, 300)
	if !o.Refunds[0].Awaiting() || w.called("/v1/refunds") != 0 {
		w.Fatalf("got %s after %d calls, want a refund that waits", o.Refunds[0].Status, w.called("/v1/refunds"))
	}
	return o
}

// wantSent requires the refund of an order to have been executed by one call.
func (w *world) wantSent(id bridge.OrderID) {
	w.Helper()
	w.delivered()
	w.queryInSteps(4, time.Minute)
	if got := w.called("/v1/refunds"); got != 1 {
		w.Errorf("the wallet was called %d times, want once", got)
	}
	w.wantRefunds(id, 300, 0)
	w.sameBooks()
}

func TestARefundAboveTheLimitIsSentAfterASecondOperatorHasApprovedIt(t *testing.T) {
	for name, open := range stores {
		t.Run("OnEachStore/"+name, func(t *testing.T) {
			again := open(t)
			w := newWorld(t, limitsOf(200, 0), func(_ *simulator.Config, c *engine.Config) { c.Store = again() })
			o := w.waiting()
			for _, p := range []bridge.Person{ann, annsKey, {}} {
				_, err := w.approves(p, o.ID, nil)
				w.wantKind("approved by the requester", err, fault.Forbidden)
			}
			if _, err := w.approves(ben, o.ID, keyed("yes")); err != nil {
				t.Fatal(err)
			}
			w.wantSent(o.ID)
			o = w.want(o.ID, wallet.Paid, 450, "")
			if a := o.Refunds[0].Approval; a.State != bridge.ApprovalApproved || a.By != ben || a.Asked != ann || a.Note != "As agreed." {
				t.Errorf("got approval %+v", a)
			}
			_, err := w.rejects(ben, o.ID, nil)
			w.wantKind("rejected after it was approved", err, fault.Conflict)
		})
	}
}

func TestARefundThatWaitsKeepsItsMoney(t *testing.T) {
	w := newWorld(t, limitsOf(200, 0))
	o := w.waiting()
	_, err := w.requests(ben, o.ID, 151, nil)
	w.wantKind("more than is left", err, fault.Invalid)
	w.queryInSteps(3, time.Hour)
	if got := w.called("/v1/refunds/query") + w.called("/v1/refunds"); got != 0 {
		t.Errorf("the wallet was called %d times about a refund without an approval", got)
	}
	if o := w.order(o.ID); !o.DueAt.Equal(o.Refunds[0].Approval.Until) {
		t.Errorf("the order is due at %v, want when the approval expires, %v", o.DueAt, o.Refunds[0].Approval.Until)
	}
}

func TestARejectedRefundReleasesItsMoney(t *testing.T) {
	w := newWorld(t, limitsOf(200, 0))
	o := w.waiting()
	first, err := w.rejects(ben, o.ID, keyed("no"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.rejects(ben, o.ID, keyed("no"))
	if err != nil || !again.Replayed || string(again.Answer.Body) != string(first.Answer.Body) {
		t.Errorf("a repeat got %+v, %v", again, err)
	}
	if _, err := w.rejects(ben, o.ID, nil); err != nil {
		t.Errorf("a second rejection got %v", err)
	}
	_, err = w.approves(ben, o.ID, nil)
	w.wantKind("approved after it was rejected", err, fault.Conflict)
	o = w.wantRefunds(o.ID, 0, 0)
	if r := o.Refunds[0]; r.Status != wallet.RefundFailed || r.Code != refund.CodeRejected {
		t.Errorf("got %s %s", r.Status, r.Code)
	}
	w.queryInSteps(4, 12*time.Hour)
	if got := w.called("/v1/refunds/query"); got != 0 {
		t.Errorf("the wallet was queried %d times about a refund that was never sent", got)
	}
	_, err = w.engine.Refund(w.as(ann), o.ID, refund.Request{Amount: usd(200), Source: bridge.FromOperator}, nil)
	if err != nil {
		t.Errorf("the money is not refundable again: %v", err)
	}
}

func TestAnApprovalExpires(t *testing.T) {
	for name, prepare := range map[string]func(w *world){
		"":                                func(*world) {},
		"while its wallet is down":        func(w *world) { w.server.Close() },
		"while its wallet is not there":   func(w *world) { w.without("sandbox") },
		"while refunds of it are limited": func(w *world) { w.config.Apps[0].Approvals = engine.Approvals{}; w.restart() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, limitsOf(200, 0))
			o := w.waiting()
			w.queryAfter(71 * time.Hour)
			w.wantRefunds(o.ID, 0, 300)
			prepare(w)
			w.clock.Advance(time.Hour)
			_, err := w.approves(ben, o.ID, nil)
			w.wantKind("approved when its time was up", err, fault.Conflict)
			w.queryInSteps(2, 10*time.Minute)
			o = w.wantRefunds(o.ID, 0, 0)
			if r := o.Refunds[0]; r.Status != wallet.RefundFailed || r.Code != refund.CodeExpired {
				t.Errorf("got %s %s", r.Status, r.Code)
			}
			w.want(o.ID, wallet.Paid, 450, "")
		})
	}
}

// TestTwoWhoApproveAtOnceSendOneRefund approves and rejects on two nodes.
func TestTwoWhoApproveAtOnceSendOneRefund(t *testing.T) {
	w := newWorld(t, limitsOf(200, 0))
	o := w.waiting()
	nodes := []*engine.Engine{w.engine, w.node(time.Second)}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			p := bridge.Person{ID: fmt.Sprintf("opr_%d", i)}
			_, err := nodes[i%2].ApproveRefund(w.as(p), o.ID, refund.Decision{Refund: 1, Source: bridge.FromOperator}, nil)
			if err != nil && fault.KindOf(err) != fault.Conflict {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.wantSent(o.ID)
}

// TestAnApprovedRefundGoesOnByItself stops the process after the approval is committed, and
// before the call, or before its answer is.
func TestAnApprovedRefundGoesOnByItself(t *testing.T) {
	for name, call := range map[string]func(next func() (wallet.Refund, error)) (wallet.Refund, error){
		"the call was not made":      func(func() (wallet.Refund, error)) (wallet.Refund, error) { return wallet.Refund{}, unanswered() },
		"the answer was not written": lost[wallet.Refund],
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, limitsOf(200, 0))
			h := w.hook("sandbox")
			o := w.waiting()
			h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
				return call(next)
			}
			_, err := w.approves(ben, o.ID, keyed("yes"))
			w.wantKind("an approval without an answer", err, fault.Unknown)
			h.onRefund = nil
			w.restart()
			_, err = w.approves(ben, o.ID, keyed("again"))
			w.wantKind("while the call may be under way", err, fault.Conflict)
			w.wantSent(o.ID)
			if outcome, err := w.approves(ben, o.ID, keyed("yes")); err != nil || outcome.Answer == nil {
				t.Errorf("the same request later: got %+v, %v", outcome, err)
			}
		})
	}
}

func TestARefundIsRequestedOnceUnderOneKey(t *testing.T) {
	w := newWorld(t, limitsOf(200, 0))
	o := w.waiting()
	repeat := func() engine.Outcome {
		outcome, err := w.requests(ann, o.ID, 300, keyed("request"))
		if err != nil || outcome.Answer == nil {
			t.Fatalf("got %+v, %v", outcome, err)
		}
		return outcome
	}
	first := repeat()
	w.must(w.approves(ben, o.ID, nil))
	if again := repeat(); string(again.Answer.Body) != string(first.Answer.Body) || !again.Replayed {
		t.Errorf("got %s, want %s again", again.Answer.Body, first.Answer.Body)
	}
	w.wantSent(o.ID)
}

// TestARejectedRefundAnswersARepeatWhoseAnswerWasPruned repeats a request after 48 hours.
func TestARejectedRefundAnswersARepeatWhoseAnswerWasPruned(t *testing.T) {
	w := newWorld(t, limitsOf(200, 0))
	o := w.waiting()
	w.must(w.rejects(ben, o.ID, nil))
	if err := w.store.Prune(w.ctx, w.clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	outcome, err := w.requests(ann, o.ID, 300, keyed("request"))
	if err != nil || string(outcome.Answer.Body) != "refused "+refund.CodeRejected {
		t.Errorf("got %+v, %v, want the refusal", outcome, err)
	}
	w.wantRefunds(o.ID, 0, 0)
}

func TestAnApprovalOfAnOrderThatHasChangedSinceItWasLookedAtIsRefused(t *testing.T) {
	w := newWorld(t, limitsOf(200, 0))
	o := w.waiting()
	stale := engine.WithVersion(w.as(ben), o.Sequence-1)
	d := refund.Decision{Refund: 1, Source: bridge.FromOperator}
	_, err := w.engine.ApproveRefund(stale, o.ID, d, nil)
	w.wantKind("approved on an older version", err, fault.Conflict)
	_, err = w.engine.RejectRefund(stale, o.ID, d, nil)
	w.wantKind("rejected on an older version", err, fault.Conflict)
	w.wantRefunds(o.ID, 0, 300)
	fresh := engine.WithVersion(w.as(ben), o.Sequence)
	w.must(w.engine.ApproveRefund(fresh, o.ID, d, nil))
	w.must(w.engine.ApproveRefund(fresh, o.ID, d, nil)) // the same form again
	w.wantSent(o.ID)
}

func TestAnOrderThatWasReversedMeanwhileIsNotRefundedByAnApproval(t *testing.T) {
	w := newWorld(t, limitsOf(200, 0))
	o := w.waiting()
	w.tellPayment("sandbox", o.Payments[0].WalletPaymentID, o.Payments[0].RequestID, "CANCELED", "e-reversed")
	w.reversedOnce(o.ID, 450)
	_, err := w.approves(ben, o.ID, nil)
	w.wantKind("approved after the reversal", err, fault.Conflict)
	if got := w.called("/v1/refunds"); got != 0 {
		t.Errorf("the wallet was called %d times, want never", got)
	}
	w.must(w.rejects(ben, o.ID, nil))
}

func TestNothingIsApprovedWhileRefundsAreHeldAfterARestore(t *testing.T) {
	w := newWorld(t, limitsOf(200, 0))
	o := w.waiting()
	w.restore()
	_, err := w.approves(ben, o.ID, nil)
	w.wantKind("approved while refunds are held", err, fault.Conflict)
	w.queryInSteps(2, time.Minute)
	if err := w.lift(); err != nil {
		t.Fatal(err)
	}
	w.must(w.approves(ben, o.ID, nil))
	w.wantSent(o.ID)
}

// TestARefundThatWasApprovedAfterTheBackupIsFound restores a backup in which the refund waits.
func TestARefundThatWasApprovedAfterTheBackupIsFound(t *testing.T) {
	w := newWorld(t, limitsOf(200, 0))
	o := w.waiting()
	sent, err := w.openWallet("sandbox").(wallet.Refunder).Refund(w.ctx, wallet.RefundRequest{
		RequestID: o.Refunds[0].RequestID, Payment: o.Payments[0].Ref(), Amount: usd(300),
	})
	if err != nil || sent.Status == wallet.RefundFailed {
		t.Fatalf("got %+v, %v", sent, err)
	}
	w.clock.Advance(73 * time.Hour) // its time is up, too
	w.restore()
	w.queryInSteps(2, time.Minute)
	w.wantRefunds(o.ID, 300, 0)
	if o := w.order(o.ID); !o.Flagged(bridge.RefundMismatch) {
		t.Errorf("got attention %v", o.Attention())
	}
	w.sameBooks()
}

func TestTheRefundsOfAPersonInADayAreLimitedTogether(t *testing.T) {
	w := newWorld(t, limitsOf(0, 500))
	waits := func(p bridge.Person, minor int64) bool {
		t.Helper()
		outcome, err := w.requests(p, w.paid().ID, minor, nil)
		if err != nil {
			t.Fatal(err)
		}
		return outcome.Subject.Refunds[0].Awaiting()
	}
	for _, step := range []struct {
		by    bridge.Person
		minor int64
		after time.Duration
		waits bool
	}{
		{ann, 300, 0, false},
		{ann, 201, 0, true},
		{annsKey, 201, 0, true}, // a key of hers shares her sum
		{ben, 400, 0, false},
		{ann, 200, 0, false}, // what waits is in no sum
		{ann, 1, 0, true},
		{annsKey, 400, 24 * time.Hour, false},
	} {
		w.clock.Advance(step.after)
		if got := waits(step.by, step.minor); got != step.waits {
			t.Errorf("%s %d after %v: waits %v, want %v", step.by.ID, step.minor, step.after, got, step.waits)
		}
	}
}

func TestTheDayOfALimitIsTheAppsDay(t *testing.T) {
	w := newWorld(t, limitsOf(0, 300), func(_ *simulator.Config, c *engine.Config) {
		c.Apps[0].Approvals.Day = time.FixedZone("ahead", 2*60*60)
	})
	now := w.clock.Now().UTC()
	w.clock.Advance(time.Date(now.Year(), now.Month(), now.Day()+1, 21, 59, 0, 0, time.UTC).Sub(now))
	for i, want := range []bool{false, true, false} {
		outcome, err := w.requests(ann, w.paid().ID, 300, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := outcome.Subject.Refunds[0].Awaiting(); got != want {
			t.Errorf("refund %d waits %v, want %v", i+1, got, want)
		}
		if i == 1 {
			w.clock.Advance(2 * time.Minute)
		}
	}
}

// TestTheSumOfADayHoldsOnTwoNodes lets one person refund many orders at once.
func TestTheSumOfADayHoldsOnTwoNodes(t *testing.T) {
	w := newWorld(t, limitsOf(0, 500))
	nodes := []*engine.Engine{w.engine, w.node(0)}
	var ids []bridge.OrderID
	for range 10 {
		ids = append(ids, w.paid().ID)
	}
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() {
			if _, err := nodes[i%2].Refund(w.as(ann), id, refund.Request{Amount: usd(120), Source: bridge.FromOperator}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := w.called("/v1/refunds"); got != 4 {
		t.Errorf("%d refunds of 120 went out, want 4 of 500", got)
	}
}

// TestARefundIsCountedOnceInItsDay repeats a request whose first try stopped before it was
// reserved, and refuses one that was counted.
func TestARefundIsCountedOnceInItsDay(t *testing.T) {
	w := newWorld(t, limitsOf(0, 400))
	o := w.paid()
	f := w.fails(fault.Unavailable)
	f.updates.Store(1)
	if _, err := w.requests(ann, o.ID, 200, keyed("first")); err == nil {
		t.Fatal("the store did not fail")
	}
	w.must(w.requests(ann, o.ID, 200, keyed("first")))
	stale := engine.WithVersion(w.as(ann), 1)
	_, err := w.engine.Refund(stale, o.ID, refund.Request{Amount: usd(200), Source: bridge.FromOperator}, nil)
	w.wantKind("a refund of an older version", err, fault.Conflict)
	outcome, err := w.requests(ann, o.ID, 200, nil)
	if err != nil || outcome.Subject.Refunds[1].Awaiting() {
		t.Errorf("got %v; want the second 200 of 400 to be sent", err)
	}
}

func TestMerchantsReadThatARefundWaitsAndWhatBecameOfIt(t *testing.T) {
	for name, decide := range map[string]func(w *world, id bridge.OrderID) (idempotency.Outcome[bridge.Order], error){
		"approved": func(w *world, id bridge.OrderID) (idempotency.Outcome[bridge.Order], error) {
			return w.approves(ben, id, nil)
		},
		"rejected": func(w *world, id bridge.OrderID) (idempotency.Outcome[bridge.Order], error) {
			return w.rejects(ben, id, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, limitsOf(200, 0))
			o := w.waiting()
			w.must(decide(w, o.ID))
			var got []string
			for _, m := range w.webhooks(o.ID) {
				if strings.HasPrefix(string(m.Type), "refund.") {
					waits := strings.Contains(string(m.Body), `"approval":"waiting","approver":"operator"`)
					got = append(got, fmt.Sprint(m.Type, " ", waits))
				}
			}
			want := "refund.pending true refund.pending false refund.succeeded false"
			if name == "rejected" {
				want = "refund.pending true refund.failed false"
			}
			if strings.Join(got, " ") != want {
				t.Errorf("got %v, want %s", got, want)
			}
		})
	}
}

// webhooks are the messages about an order for the app's endpoint.
func (w *world) webhooks(id bridge.OrderID) []store.DeliveryRecord {
	w.Helper()
	list, err := w.store.Deliveries(w.ctx, store.DeliveryQuery{App: "shop", Order: id, Limit: 100})
	if err != nil {
		w.Fatal(err)
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 { // oldest first
		list[i], list[j] = list[j], list[i]
	}
	return list
}
