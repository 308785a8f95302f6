package engine_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// quiet ends the storm and lets time pass until nothing is left to learn.
func (s *sim) quiet() {
	s.storm = false
	s.provider.Clear()
	for n := range s.nodes {
		s.nodes[n] = s.node(n)
	}
	for day := range 400 {
		s.clock.Advance(time.Hour)
		s.deliver()
		if _, err := s.nodes[0].RunOnce(s.ctx); err != nil && day == 399 {
			s.Fatal(err)
		}
		s.releaseHeld()
		s.backend.deliver()
		if next, err := storetest.NextDue(s.ctx, s.store); err == nil && next.IsZero() && s.queryAgain() {
			return
		}
	}
	for _, id := range s.orders {
		if o, err := s.store.Order(s.ctx, id); err == nil && !o.DueAt.IsZero() {
			s.Errorf("after 400 hours of quiet an order is still due: %s", asJSON(s.T, o))
		}
	}
}

// requestNotification queries every order once more, since a wallet may have taken money back
// without a word. It returns true the second time, when nothing is due because of it.
func (s *sim) queryAgain() bool {
	if s.queried {
		return true
	}
	s.queried = true
	for _, id := range s.orders {
		if _, err := s.nodes[0].Refresh(s.ctx, id); err != nil && fault.KindOf(err) != fault.Invalid {
			s.Errorf("order %s: refresh: %v", id, err)
		}
	}
	return false
}

// releaseHeld releases money that was not captured, as a hotel does at departure.
func (s *sim) releaseHeld() {
	for _, id := range s.orders {
		if o, err := s.store.Order(s.ctx, id); err == nil && o.Status == wallet.Authorized {
			if _, err := s.nodes[0].Void(s.ctx, id, bridge.FromMerchant, nil); err != nil && !errors.Is(err, fault.Conflict) {
				s.Errorf("order %s: void: %v", id, err)
			}
		}
	}
}

// settled checks what must hold of every order at the end, and returns a digest of
// all that happened.
func (s *sim) settled() [32]byte {
	digest := sha256.New()
	far := map[string][]simulator.Payment{} // by request id: a payer may have paid twice
	for _, p := range s.provider.Payments() {
		far[p.RequestID] = append(far[p.RequestID], p)
	}
	statuses, flags := map[wallet.Status]int{}, map[bridge.Attention]int{}
	for _, id := range s.orders {
		o, err := s.store.Order(s.ctx, id)
		if err != nil {
			s.Fatal(err)
		}
		statuses[o.Status]++
		for _, why := range o.Attention() {
			flags[why]++
		}
		s.checkOrder(&o, far)
		for _, p := range o.Payments {
			delete(far, p.RequestID)
		}
		events := s.events(&o)
		if got, want := asJSON(s.T, bridge.Replay(events)), asJSON(s.T, o); got != want {
			s.Errorf("order %s: the log replays to\n%s\nwant\n%s", id, got, want)
		}
		s.backend.check(&o, events)
		fmt.Fprintln(digest, asJSON(s.T, events))
	}
	for request := range far {
		s.Errorf("the provider has a payment %s that no order knows", request)
	}
	items, err := s.store.InboxItems(s.ctx, store.InboxQuery{Wallets: []string{"sandbox", "second", "holding"}, Limit: 1000})
	if err != nil {
		s.Fatal(err)
	}
	for _, item := range items {
		if len(item.Event) > 0 && item.Order != "" {
			o, err := s.store.Order(s.ctx, item.Order)
			if err == nil && len(o.Attention()) == 0 {
				s.Errorf("order %s: a notification is still kept, and no attention is raised: %s\n%s", o.ID, item.Reason, item.Event)
			}
		}
	}
	s.Logf("%d orders: %v, attention %v, %d kept, refunds by approval %v", len(s.orders), statuses, flags, len(items), s.decided)
	return [32]byte(digest.Sum(nil))
}

// checkOrder requires the same money in the order as at the provider, to the last unit, for
// each request id; and nothing that is open, unless a flag is raised.
func (s *sim) checkOrder(o *bridge.Order, far map[string][]simulator.Payment) {
	flagged := func(reasons ...bridge.Attention) bool {
		return slices.ContainsFunc(reasons, func(why bridge.Attention) bool { return slices.Contains(o.Attention(), why) })
	}
	if !o.Final() && !flagged(bridge.PaymentUnresolved, bridge.OperationUnresolved, bridge.HoldUnresolved, bridge.AmountUnknown) {
		s.Errorf("order %s has not ended: %s, attention %v", o.ID, o.Status, o.Attention())
	}
	if o.RefundOpen != 0 && !flagged(bridge.RefundUnresolved, bridge.RefundUnconfirmed) || o.Refunded > o.Paid {
		s.Errorf("order %s: %d paid, %d refunded, %d on its way, attention %v", o.ID, o.Paid, o.Refunded, o.RefundOpen, o.Attention())
	}
	for _, r := range o.Refunds {
		a := r.Approval
		if r.Awaiting() || a.State != "" && r.Calls.Tries > 0 && (a.State != bridge.ApprovalApproved || refund.SamePerson(a.By, a.Asked)) {
			s.Errorf("order %s: refund %d is %s after %d calls, approval %+v", o.ID, r.Number, r.Status, r.Calls.Tries, a)
		}
		s.decided[a.State]++
	}
	ours := map[string]int64{} // captured and not given back
	var known []string
	for _, p := range o.Payments {
		ours[p.RequestID] += p.Paid - p.Reversed - p.Refunded
		known = append(known, p.PaidID)
	}
	for request, have := range ours {
		var theirs int64
		for _, p := range far[request] {
			if len(far[request]) > 1 && !slices.Contains(known, p.ID) {
				continue // one of two charges, whose notifications were all lost
			}
			theirs += p.Captured.Minor - p.Refunded.Minor
		}
		// A reversal of one of two charges is flagged; which one it was, its news may not name.
		unclear := len(far[request]) > 1 && flagged(bridge.PaymentReversed)
		if have != theirs && !unclear {
			s.Errorf("payment %s of a %s order: the provider has %d, we have %d, attention %v\n%s",
				request, o.Status, theirs, have, o.Attention(), asJSON(s.T, far[request]))
		}
	}
	if (o.Paid > o.Amount.Minor) != flagged(bridge.DoublePayment) || o.Reversed > 0 && !flagged(bridge.PaymentReversed) {
		s.Errorf("order %s of %v: %d paid, %d reversed, attention %v", o.ID, o.Amount, o.Paid, o.Reversed, o.Attention())
	}
}
