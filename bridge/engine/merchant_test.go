package engine_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// keyed is a merchant's key whose answers hold the order.
func keyed(key string) *idempotency.Once[bridge.Order] {
	o := &idempotency.Once[bridge.Order]{Scope: "merchant/shop", Key: key, Digest: sha256.Sum256([]byte(key))}
	o.Render = func(order bridge.Order, err error) bridge.Answer {
		if err != nil {
			return bridge.Answer{Status: 402, Body: []byte("refused " + fault.Of(err).Code)}
		}
		number := 0
		if r := order.RefundOf(o.KeyDigest()); r != nil {
			number = r.Number
		}
		return bridge.Answer{Status: 200, Body: fmt.Appendf(nil, "%s %s refund %d", order.ID, order.Status, number)}
	}
	return o
}

// atOnce runs an operation from many goroutines, and returns the different answers
// that were given. A caller who receives a Retry-After is no mistake.
func (w *world) atOnce(n int, run func() (idempotency.Outcome[bridge.Order], error)) map[string]int {
	w.Helper()
	var mu sync.Mutex
	answers := map[string]int{}
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			outcome, err := run()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, fault.Conflict):
			case err != nil:
				w.Error(err)
			default:
				answers[string(outcome.Answer.Body)]++
			}
		})
	}
	all.Wait()
	return answers
}

func oneKeyMakesOneRefund(w *world) {
	o := w.paid()
	once := func() (idempotency.Outcome[bridge.Order], error) {
		return w.engine.Refund(w.ctx, o.ID, refund.Request{Amount: usd(100), Source: bridge.FromMerchant}, keyed("r1"))
	}
	answers := w.atOnce(100, once)
	if got := w.want(o.ID, wallet.Paid, 450, ""); got.Refunded != 100 || len(got.Refunds) != 1 || len(answers) != 1 {
		w.Errorf("got %d refunded in %d refunds and answers %v, want 100 in 1 and one answer", got.Refunded, len(got.Refunds), answers)
	}
	if calls := w.called("/v1/refunds"); calls != 1 {
		w.Errorf("the wallet was called %d times, want 1", calls)
	}
	again, err := once()
	if err != nil || !again.Replayed || answers[string(again.Answer.Body)] == 0 {
		w.Errorf("the key again: got %q, replayed %v, %v", again.Answer.Body, again.Replayed, err)
	}
	other := keyed("r1")
	other.Digest[0]++
	if _, err := w.engine.Refund(w.ctx, o.ID, refund.Request{}, other); !errors.Is(err, fault.KeyReused) {
		w.Errorf("the key with another body: got %v, want KeyReused", err)
	}
	w.sameBooks()
}

func oneKeyMakesOneCapture(w *world) {
	o := w.held()
	capture := func() (idempotency.Outcome[bridge.Order], error) {
		return w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Amount: usd(300), Source: bridge.FromMerchant}, keyed("c1"))
	}
	answers := w.atOnce(100, capture)
	w.want(o.ID, wallet.Paid, 300, "")
	if calls := w.called("/v1/payments/capture"); calls != 1 || len(answers) != 1 {
		w.Errorf("the wallet was called %d times and gave %v, want once and one answer", calls, answers)
	}
	if again, err := capture(); err != nil || !again.Replayed {
		w.Errorf("the key again: got %+v, %v; want a replay", again, err)
	}
	if _, err := w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Source: bridge.FromMerchant}, keyed("c2")); !errors.Is(err, fault.Conflict) {
		w.Errorf("another capture: got %v, want Conflict", err)
	}
	w.sameBooks()
}

func oneKeyHasOneAnswerToACancel(w *world) {
	o := w.create()
	cancel := func() (idempotency.Outcome[bridge.Order], error) {
		return w.engine.Repeatable(w.ctx, o.ID, keyed("x1"), func(ctx context.Context) (bridge.Order, error) {
			return w.engine.Cancel(ctx, o.ID, bridge.FromMerchant)
		})
	}
	answers := w.atOnce(100, cancel)
	w.want(o.ID, wallet.Canceled, 0, "")
	if len(answers) != 1 {
		w.Errorf("got the answers %v, want one", answers)
	}
	if again, err := cancel(); err != nil || !again.Replayed || answers[string(again.Answer.Body)] == 0 {
		w.Errorf("the key again: got %+v, %v; want a replay", again, err)
	}
	other := keyed("x1")
	other.Digest[0]++
	if _, err := w.engine.Repeatable(w.ctx, o.ID, other, nil); !errors.Is(err, fault.KeyReused) {
		w.Errorf("the key with another body: got %v, want KeyReused", err)
	}
}

// A process that dies between the wallet's answer and our commit leaves the money
// moved and not recorded: the same key finds out and answers, once.
func keysOutliveACrash(w *world) {
	paid, held := w.paid(), w.held()
	for _, f := range []simulator.Fault{simulator.CutAfter, simulator.ServerError} {
		w.provider.Inject(simulator.Rule{Fault: f, Times: 1})
		key := keyed("r " + string(f))
		once := func() (idempotency.Outcome[bridge.Order], error) {
			return w.engine.Refund(w.ctx, paid.ID, refund.Request{Amount: usd(100), Source: bridge.FromMerchant}, key)
		}
		if _, err := once(); !errors.Is(err, fault.Unknown) {
			w.Fatalf("got %v, want Unknown", err)
		}
		w.restart()
		if _, err := once(); !errors.Is(err, fault.Conflict) {
			w.Errorf("while the first may be at work: got %v, want Conflict", err)
		}
		w.clock.Advance(time.Minute)
		outcome, err := once()
		if err != nil || !strings.HasPrefix(string(outcome.Answer.Body), string(paid.ID)+" paid refund ") {
			w.Errorf("after the crash: got %+v, %v", outcome.Answer, err)
		}
	}
	w.provider.Inject(simulator.Rule{Fault: simulator.CutAfter, Times: 1})
	capture := func() (idempotency.Outcome[bridge.Order], error) {
		return w.engine.Capture(w.ctx, held.ID, engine.CaptureRequest{Source: bridge.FromMerchant}, keyed("c"))
	}
	if _, err := capture(); !errors.Is(err, fault.Unknown) {
		w.Fatalf("got %v, want Unknown", err)
	}
	w.restart()
	for range 4 {
		w.queryAfter(time.Minute) // which completes it, before the key comes back
	}
	if outcome, err := capture(); err != nil || string(outcome.Answer.Body) != string(held.ID)+" paid refund 0" {
		w.Errorf("the capture after the crash: got %+v, %v", outcome.Answer, err)
	}
	if o := w.want(paid.ID, wallet.Paid, 450, ""); o.Refunded != 200 {
		w.Errorf("got %d refunded, want 200", o.Refunded)
	}
	w.sameBooks()
}

// Two backends that request the same capture under keys of their own, the second while
// the first has no answer, take the money once and are both answered.
func twoKeysJoinOneCapture(w *world) {
	o := w.held()
	capture := func(key string) (idempotency.Outcome[bridge.Order], error) {
		return w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Amount: usd(300), Source: bridge.FromMerchant}, keyed(key))
	}
	w.provider.Inject(simulator.Rule{Fault: simulator.CutAfter, Times: 1})
	if _, err := capture("first"); !errors.Is(err, fault.Unknown) {
		w.Fatalf("got %v, want Unknown", err)
	}
	w.clock.Advance(time.Minute)
	for _, key := range []string{"second", "first", "second"} {
		if outcome, err := capture(key); err != nil || outcome.Answer.Status != 200 {
			w.Errorf("%s: got %+v, %v; want the captured order", key, outcome.Answer, err)
		}
	}
	w.want(o.ID, wallet.Paid, 300, "")
	w.sameBooks()
}

func refusalsAreKept(w *world) {
	o, held := w.paid(), w.held()
	w.provider.Inject(simulator.Rule{Fault: simulator.Refused, Times: 1})
	once := func() (idempotency.Outcome[bridge.Order], error) {
		return w.engine.Refund(w.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, keyed("r"))
	}
	first, err := once()
	if err != nil || first.Answer.Status != 402 {
		w.Fatalf("got %+v, %v; want a kept refusal", first, err)
	}
	if again, err := once(); err != nil || string(again.Answer.Body) != string(first.Answer.Body) || !again.Replayed {
		w.Errorf("the key again: got %+v, %v; want the same refusal", again, err)
	}
	if got := w.order(o.ID); got.Refunded+got.RefundOpen != 0 {
		w.Errorf("a refused refund left %d refunded and %d open", got.Refunded, got.RefundOpen)
	}
	w.provider.Inject(simulator.Rule{Fault: simulator.Refused, Times: 1})
	void, err := w.engine.Void(w.ctx, held.ID, bridge.FromMerchant, keyed("v"))
	if err != nil || void.Answer.Status != 402 {
		w.Errorf("the void: got %+v, %v; want a kept refusal", void, err)
	}
	w.want(held.ID, wallet.Authorized, 0, "")
}

// twoRefundsRaced is the race that must have one winner, 1,000 times, on one node and
// on two.
func twoRefundsRaced(w *world) {
	config := w.config
	config.Store = w.another()
	second, err := engine.New(config)
	if err != nil {
		w.Fatal(err)
	}
	rounds := 1000
	switch {
	case testing.Short():
		rounds = 50
	case raceEnabled: // make years has them all
		rounds = 200
	}
	for round := range rounds {
		o := w.paid()
		nodes := [2]*engine.Engine{w.engine, w.engine}
		if round%2 == 1 {
			nodes[1] = second
		}
		var won atomic.Int32
		var both sync.WaitGroup
		for i, node := range nodes {
			both.Go(func() {
				_, err := node.Refund(w.ctx, o.ID, refund.Request{Amount: usd(270), Source: bridge.FromMerchant}, keyed(fmt.Sprint(round, i)))
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, fault.Invalid):
					w.Error(err)
				}
			})
		}
		both.Wait()
		if got := w.order(o.ID); won.Load() != 1 || got.Refunded != 270 || got.RefundOpen != 0 {
			w.Fatalf("round %d: %d of two refunds of 270 of 450 won, %d refunded, %d open", round, won.Load(), got.Refunded, got.RefundOpen)
		}
	}
	w.sameBooks()
}

// A wallet without a refund query that gives no answer to a refund leaves it to
// a person: repeating it could pay twice.
func TestARefundThatCannotBeConfirmedRaisesAttention(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	w.config.Wallets["sandbox"] = mute{w.config.Wallets["sandbox"]}
	w.restart()
	w.provider.Inject(simulator.Rule{Fault: simulator.CutAfter, Times: 1})
	if _, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Amount: usd(100), Source: bridge.FromMerchant}, nil); !errors.Is(err, fault.Unknown) {
		t.Fatalf("got %v, want Unknown", err)
	}
	for range 4 {
		w.queryAfter(time.Minute)
	}
	if got := w.want(o.ID, wallet.Paid, 450, bridge.RefundUnconfirmed); got.RefundOpen != 100 || w.called("/v1/refunds") != 1 {
		t.Errorf("got %d open after %d calls, want 100 after 1", got.RefundOpen, w.called("/v1/refunds"))
	}
	w.delivered() // the wallet notifies by itself after all
	if got := w.order(o.ID); got.Refunded != 100 || got.RefundOpen != 0 {
		t.Errorf("after the notification: got %d refunded, %d open", got.Refunded, got.RefundOpen)
	}
}

// mute is a wallet that can refund and has no refund query.
type mute struct{ wallet.Wallet }

func (m mute) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return m.Wallet.(wallet.Querier).QueryPayment(ctx, ref)
}

func (m mute) Refund(ctx context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	return m.Wallet.(wallet.Refunder).Refund(ctx, req)
}

func (m mute) ParseNotification(ctx context.Context, d wallet.Delivery) (wallet.Notification, error) {
	return m.Wallet.(wallet.Notifier).ParseNotification(ctx, d)
}

func (m mute) Reply(d wallet.Delivery, err error) wallet.Reply {
	return m.Wallet.(wallet.Notifier).Reply(d, err)
}

// A wallet that does not know a refund and reports that its state forbids it has refused
// it: the money is the merchant's again.
func TestAConflictAboutAnUnknownRefundIsARefusal(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	w.config.Wallets["sandbox"] = stubborn{w.config.Wallets["sandbox"]}
	w.restart()
	if _, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, nil); !errors.Is(err, fault.Unknown) {
		t.Fatalf("got %v, want Unknown", err)
	}
	for range 3 {
		w.queryAfter(time.Minute)
	}
	if got := w.order(o.ID); got.RefundOpen != 0 || got.Refunds[0].Status != wallet.RefundFailed {
		t.Errorf("got %d open, refund %s; want nothing open and failed", got.RefundOpen, got.Refunds[0].Status)
	}
}

// stubborn refuses every refund with a conflict and knows none.
type stubborn struct{ wallet.Wallet }

func (s stubborn) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return s.Wallet.(wallet.Querier).QueryPayment(ctx, ref)
}

func (stubborn) Refund(_ context.Context, _ wallet.RefundRequest) (wallet.Refund, error) {
	return wallet.Refund{}, fault.New(fault.Conflict, "test", "The state forbids it.")
}

func (stubborn) QueryRefund(_ context.Context, _ wallet.RefundRef) (wallet.Refund, error) {
	return wallet.Refund{}, fault.New(fault.NotFound, "test", "There is no such refund.")
}

// Whatever a merchant requests, a wallet answers, notifies or is queried, in whatever
// order: nothing more goes back than came, and the log agrees.
func TestMoneyHoldsUnderAnyInterleaving(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	dice := rand.New(rand.NewPCG(seed, 7))
	faults := []simulator.Fault{simulator.CutAfter, simulator.CutBefore, simulator.ServerError, simulator.Refused, simulator.UnknownOutcome}
	w := newWorld(t)
	for range 40 {
		w.provider.Clear()
		o := w.held()
		var all sync.WaitGroup
		for i := range 12 {
			deed, amount, spoil := dice.IntN(6), usd(int64(1+dice.IntN(450))), dice.IntN(3) == 0
			if spoil {
				w.provider.Inject(simulator.Rule{Fault: faults[dice.IntN(len(faults))], Times: 1})
			}
			all.Go(func() { w.deed(o.ID, deed, amount, fmt.Sprint(o.ID, i)) })
			if dice.IntN(2) == 0 {
				all.Wait()
			}
		}
		all.Wait()
		w.provider.Clear()
		for range 4 {
			w.queryAfter(2 * time.Minute)
			w.delivered()
		}
		now := w.order(o.ID)
		got := w.want(o.ID, now.Status, now.Paid, reasons(&now))
		if got.Refunded+got.RefundOpen > got.Paid || got.Paid > got.Amount.Minor {
			t.Fatalf("seed %d: %d refunded and %d open of %d paid of %v", seed, got.Refunded, got.RefundOpen, got.Paid, got.Amount)
		}
	}
	w.sameBooks()
	if t.Failed() {
		t.Logf("seed %d", seed)
	}
}

// deed does one of the things that may happen to an order; what it may not do is
// refused, which is no mistake.
func (w *world) deed(id bridge.OrderID, deed int, amount wallet.Money, key string) {
	switch deed {
	case 0:
		_, _ = w.engine.Capture(w.ctx, id, engine.CaptureRequest{Amount: amount, Source: bridge.FromMerchant}, keyed(key))
	case 1:
		_, _ = w.engine.Void(w.ctx, id, bridge.FromMerchant, keyed(key))
	case 2, 3:
		_, _ = w.engine.Refund(w.ctx, id, refund.Request{Amount: amount, Source: bridge.FromMerchant}, keyed(key))
	case 4:
		w.delivered()
	case 5:
		_, _ = w.engine.Refresh(w.ctx, id)
	}
}
