package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay"
	"github.com/minitill/minitill/wallet/ottpay/simulator"
)

const ottOrders = 60

// ottStorm is an engine beside OTT Pay.
func ottStorm(t *testing.T, generation string, seed uint64, change func(*ottpay.Config, *simulator.Config)) (*storm, *simulator.Provider) {
	t.Helper()
	var provider *simulator.Provider
	s := newStorm(t, "ottpay", "CAD", seed, func(at site) stormy {
		settings := ottpay.Config{
			Generation: generation, MerchantID: "ON00009999", SignKey: signing.NewSecret("5A17C0DE93B2E4F6"), Currency: "CAD",
			ShopID: "ON00009999001", OperatorID: "0000009001", AppID: "ON00009999", AppKey: signing.NewSecret("key"),
		}
		if generation == "rest" {
			settings.Method = "ALIPAY_WAP"
		}
		far := simulator.Config{
			PublicURL: at.base, MerchantID: settings.MerchantID, SignKey: settings.SignKey, Currency: "CAD", Now: at.now,
			AppID: settings.AppID, AppKey: settings.AppKey, Ladder: []time.Duration{time.Minute, time.Minute, time.Hour},
		}
		change(&settings, &far)
		var err error
		if provider, err = simulator.New(far); err != nil {
			t.Fatal(err)
		}
		return stormy{
			server: provider, calls: ottCalls, news: ottNews, doubts: []string{"lag_query", "refuse_repeat"}, notify: simulator.Notify,
			clear: provider.Clear, deeds: []string{"pay", "pay", "pay", "decline", "leave", "later", "expire"}, settle: provider.Settle,
			run: provider.RunOnce, after: ottDecisions(provider),
			open: func(base string, env wallet.Env) (wallet.Wallet, error) {
				if settings.BaseURL = base; generation == "web" {
					settings.BaseURL += "/processV2"
				}
				return settings.Open(env)
			},
			inject: func(fault, endpoint string, times, skip int) {
				provider.Inject(simulator.Rule{Fault: simulator.Fault(fault), Endpoint: endpoint, Times: times, Skip: skip})
			},
			books: func(requestID string) (captured, refunded int64) {
				books := provider.Books(requestID)
				return books.Captured, books.Refunded
			},
		}
	})
	return s, provider
}

// ottDecisions are a person's, about refunds that wait.
func ottDecisions(provider *simulator.Provider) func(*rand.Rand) {
	return func(dice *rand.Rand) {
		for _, id := range provider.Waiting() {
			if dice.IntN(2) == 0 {
				_ = provider.DecideRefund(id, dice.IntN(4) > 0)
			}
		}
	}
}

var (
	ottCalls = []string{
		"", "", "cut_before", "cut_after", "server_error", "garbage_answer", "unsigned_answer", "forged_answer", "unknown_outcome", "refused",
		"lower_md5", "plain_layout", "wrapped_body", "spliced", "fewer_members", "token_refused",
		"wrong_amount", "smaller_amount", "amount_missing", "amount_huge", "unknown_status",
	}
	ottNews = []string{
		"", "", "lose_notification", "double_notification", "delay_notification", "reorder_notification", "forge_notification",
		"unsigned_notification", "lower_md5", "plain_layout", "wrapped_body", "form_body", "spliced",
		"forged_code", "fewer_members", "wrong_amount", "smaller_amount", "amount_missing", "amount_huge",
	}
)

func TestEveryOrderEndsAtOTTPay(t *testing.T) {
	changes := map[string]func(*ottpay.Config, *simulator.Config){
		"web":                  func(*ottpay.Config, *simulator.Config) {},
		"web, with fees":       func(_ *ottpay.Config, far *simulator.Config) { far.Fee = 10 },
		"web, refunds by hand": func(_ *ottpay.Config, far *simulator.Config) { far.AsyncRefunds = true },
		"web, codes to scan":   func(c *ottpay.Config, _ *simulator.Config) { c.Method = "QR_ALIPAY" },
		"rest, that finds remarks and counts refunds at once": func(c *ottpay.Config, far *simulator.Config) {
			c.RemarkIsReference, c.RefundsCountAtOnce = true, true
			far.RemarkIsReference = true
		},
		"web, with fees in the sums of queries": func(_ *ottpay.Config, far *simulator.Config) { far.Fee, far.QueryWithFee = 10, true },
		"rest, refunds by hand": func(c *ottpay.Config, far *simulator.Config) {
			c.RemarkIsReference, c.RefundsCountAtOnce, c.RefundIDsQueried = true, true, true
			far.RemarkIsReference, far.RefundIDsAnswered, far.AsyncRefunds = true, true, true
		},
		"rest, with fees": func(c *ottpay.Config, far *simulator.Config) {
			c.RemarkIsReference, c.RefundsCountAtOnce, c.RefundIDsQueried = true, true, true
			far.RemarkIsReference, far.RefundIDsAnswered, far.Fee, far.Apart = true, true, 10, true
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			generation, _, _ := strings.Cut(name, ",")
			for _, seed := range stormSeeds(7) {
				s, provider := ottStorm(t, generation, seed, change)
				for range stormOrders(ottOrders) {
					s.life()
					s.clock.Advance(time.Duration(s.dice.IntN(3)) * time.Second)
				}
				s.quiet()
				if decideAll(provider) > 0 {
					s.quiet()
				}
				for _, id := range s.orders {
					if generation == "rest" {
						s.decidesRefunds(id)
					}
					s.agrees(id)
				}
				noneTwice(s, provider)
			}
		})
	}
}

// decideAll approves all refunds that still wait, and returns how many.
func decideAll(provider *simulator.Provider) int {
	waiting := provider.Waiting()
	for _, id := range waiting {
		_ = provider.DecideRefund(id, true)
	}
	return len(waiting)
}

// decidesRefunds lets a person resolve the refunds of an order that are left
// open: those that the provider's books have besides what is booked were made. REST reports
// a refund whose answer was lost only by the sum of all, and each needs a person.
func (s *storm) decidesRefunds(id bridge.OrderID) {
	s.Helper()
	for range maxRefunds {
		o := ottNow(s.T, s, id)
		if o.RefundOpen == 0 {
			return
		}
		_, refunded := s.books(o.LastPayment().RequestID)
		open := slices.DeleteFunc(slices.Clone(o.Refunds), func(r bridge.Refund) bool { return r.Status != wallet.RefundPending })
		r := open[0]
		decided := resolution.Decision{Note: "found it in the console", Outcome: resolution.Failed, Refund: r.Number, Source: bridge.FromMerchant}
		if sumsTo(open[1:], refunded-o.Refunded-r.Amount) {
			decided.Outcome = resolution.Refunded
		}
		for _, f := range o.Flags {
			if f.Refund == r.Number && !f.Cleared && slices.Contains([]bridge.Attention{bridge.RefundUnresolved, bridge.RefundUnconfirmed}, f.Why) {
				decided.Attention = f.Why
			}
		}
		if _, err := s.engine.Resolve(s.Context(), id, decided, nil); err != nil {
			s.Fatalf("%s: refund %d is open, attention %q: %v", id, r.Number, o.Attention(), err)
		}
	}
}

// maxRefunds is more than an order of a storm has.
const maxRefunds = 10

// sumsTo reports whether some of the refunds are of this sum together.
func sumsTo(refunds []bridge.Refund, sum int64) bool {
	if sum == 0 || len(refunds) == 0 {
		return sum == 0
	}
	return sumsTo(refunds[1:], sum-refunds[0].Amount) || sumsTo(refunds[1:], sum)
}

// noneTwice requires no more payments and refunds at the provider than the till has requested.
func noneTwice(s *storm, provider *simulator.Provider) {
	s.Helper()
	for _, id := range s.orders {
		o, err := s.engine.Order(s.Context(), id)
		if err != nil {
			s.Fatal(err)
		}
		for _, p := range o.Payments {
			books := provider.Books(p.RequestID)
			refunds := slices.DeleteFunc(slices.Clone(o.Refunds), func(r bridge.Refund) bool { return r.Payment != p.Number })
			if books.Payments > 1 || books.Refunds > len(refunds) {
				s.Errorf("%s: the provider has %d payments and %d refunds of %s, want at most 1 and %d", id, books.Payments, books.Refunds, p.RequestID, len(refunds))
			}
		}
	}
}

// An account of REST about which nothing more is known finds no wallet payment by its
// remark. What got no answer is never requested again: it stays open, and needs a person.
func TestAnOTTPayPaymentOfUnknownOutcomeStaysOpenAndNeedsAttention(t *testing.T) {
	for _, seed := range stormSeeds(3) {
		s, provider := ottStorm(t, "rest", seed, func(*ottpay.Config, *simulator.Config) {})
		s.loses("/api/v1/pay/alipay/wap-pay")
		for range stormOrders(ottOrders) {
			s.life()
		}
		s.quiet()
		someStaysOpen(s, provider)
	}
}

// someStaysOpen requires attention for each order of which something is open, of which there is
// one at least, and the same money in both books for all others.
func someStaysOpen(s *storm, provider *simulator.Provider) {
	s.Helper()
	noneTwice(s, provider)
	open := 0
	for _, id := range s.orders {
		o, err := s.engine.Order(s.Context(), id)
		if err != nil {
			s.Fatal(err)
		}
		captured, refunded := s.books(o.LastPayment().RequestID)
		story := fmt.Sprintf("%s is %s with %d paid, %d refunded, %d open, attention %q; the provider has %d captured, %d refunded",
			id, o.Status, o.Paid, o.Refunded, o.RefundOpen, o.Attention(), captured, refunded)
		switch unsure := o.OpenPayment() != nil || o.RefundOpen > 0; {
		case unsure && len(o.Attention()) == 0:
			s.Errorf("open, without attention: %s", story)
		case unsure:
			open++
		case o.Paid != captured || o.Refunded != refunded:
			s.Errorf("the books differ: %s", story)
		}
	}
	if open == 0 {
		s.Error("nothing stayed open, though an answer was lost")
	}
}

// ottOrder makes an order of 12.50 whose payment is open.
func ottOrder(t *testing.T, s *storm) bridge.Order {
	t.Helper()
	outcome, err := s.engine.CreateOrder(t.Context(), engine.OrderRequest{
		App: "shop", Channel: wallet.H5, Source: bridge.FromMerchant,
		Price: &pricing.Price{Amount: wallet.Money{Minor: 1250, Currency: "CAD"}, Description: "Two teas"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return outcome.Subject
}

func ottNow(t *testing.T, s *storm, id bridge.OrderID) bridge.Order {
	t.Helper()
	o, err := s.engine.Order(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// A callback whose amount is larger by its convenience fee pays the order, and nothing is
// wrong with it; the fee and all ids are on the record. A smaller one is flagged.
func TestOTTPaysFeeIsOnTheRecordAndASmallerSumIsFlagged(t *testing.T) {
	s, provider := ottStorm(t, "web", 1, func(_ *ottpay.Config, far *simulator.Config) { far.Fee = 10 })
	o := ottOrder(t, s)
	if err := provider.Settle(o.LastPayment().RequestID, "pay"); err != nil {
		t.Fatal(err)
	}
	provider.RunOnce(t.Context())
	o = ottNow(t, s, o.ID)
	p := o.LastPayment()
	if o.Status != wallet.Paid || o.Paid != 1250 || len(o.Attention()) != 0 || len(p.Fees) != 1 || p.Fees[0].Amount.Minor != 10 || len(p.IDs()) != 2 {
		t.Errorf("got %s with %d paid, fees %v, ids %v, attention %q; want paid, the fee and both of the provider's ids", o.Status, o.Paid, p.Fees, p.IDs(), o.Attention())
	}
	less := ottOrder(t, s)
	provider.Inject(simulator.Rule{Fault: simulator.SmallerAmount, Endpoint: simulator.Notify, Times: 1})
	provider.Inject(simulator.Rule{Fault: simulator.SmallerAmount, Endpoint: "PREPAY_QUERY"})
	if err := provider.Settle(less.LastPayment().RequestID, "pay"); err != nil {
		t.Fatal(err)
	}
	provider.RunOnce(t.Context())
	s.queryAll(time.Minute)
	if less = ottNow(t, s, less.ID); less.Paid != 0 || !slices.Contains(less.Attention(), bridge.AmountMismatch) {
		t.Errorf("a smaller sum: got %d paid, attention %q; want none and a mismatch", less.Paid, less.Attention())
	}
}

// A payer who pays a checkout twice has two payments of the provider's under one id of ours.
// Each has an acquirer's id too, and is given back by its own.
func TestACheckoutAtOTTPayThatIsPaidTwiceIsTwoPayments(t *testing.T) {
	for _, generation := range []string{"web", "rest"} {
		s, provider := ottStorm(t, generation, 1, func(*ottpay.Config, *simulator.Config) {})
		o := ottOrder(t, s)
		request := o.LastPayment().RequestID
		if err := provider.Settle(request, "pay"); err != nil {
			t.Fatal(err)
		}
		provider.RunOnce(t.Context())
		s.clock.Advance(time.Minute)
		if err := provider.SecondCharge(request); err != nil {
			t.Fatal(err)
		}
		provider.RunOnce(t.Context())
		if o = ottNow(t, s, o.ID); o.Paid != 2500 || len(o.Payments) != 2 || !slices.Contains(o.Attention(), bridge.DoublePayment) {
			t.Errorf("%s: got %d paid by %d payments, attention %q; want 25.00 by two", generation, o.Paid, len(o.Payments), o.Attention())
			continue
		}
		for n := 1; n <= 2; n++ {
			if _, err := s.engine.Refund(t.Context(), o.ID, refund.Request{Payment: n, Source: bridge.FromMerchant}, nil); err != nil {
				t.Errorf("%s: the refund of payment %d: %v", generation, n, err)
			}
		}
		s.queryAll(time.Minute)
		if books := provider.Books(request); books.Refunded != 2500 || books.Refunds != 2 {
			t.Errorf("%s: the provider has %+v, want all of it given back", generation, books)
		}
	}
}

// A link for mobile browsers shows its surcharge when it is opened. A query that has it in
// its sum is right, though no callback comes.
func TestASurchargeThatWasShownBeforeIsPartOfALaterSum(t *testing.T) {
	s, provider := ottStorm(t, "web", 1, func(c *ottpay.Config, far *simulator.Config) {
		c.Method, far.Fee, far.QueryWithFee = "H5_WECHATPAY", 10, true
	})
	provider.Inject(simulator.Rule{Fault: "lose_notification", Endpoint: simulator.Notify})
	o := ottOrder(t, s)
	if err := provider.Settle(o.LastPayment().RequestID, "pay"); err != nil {
		t.Fatal(err)
	}
	provider.RunOnce(t.Context())
	s.queryAll(10 * time.Second)
	if o = ottNow(t, s, o.ID); o.Status != wallet.Paid || o.Paid != 1250 || len(o.Attention()) != 0 {
		t.Errorf("got %s with %d paid, attention %q; want 12.50 paid", o.Status, o.Paid, o.Attention())
	}
}

// No document has a cancel: it is refused, and the order ends by a query all the same.
func TestAnOrderAtOTTPayEndsWithoutACancel(t *testing.T) {
	for _, generation := range []string{"web", "rest"} {
		s, _ := ottStorm(t, generation, 1, func(*ottpay.Config, *simulator.Config) {})
		o := ottOrder(t, s)
		if _, err := s.engine.Cancel(t.Context(), o.ID, bridge.FromMerchant); fault.KindOf(err) != fault.Unsupported {
			t.Errorf("%s: got %v, want Unsupported", generation, err)
		}
		s.quiet()
		if o = ottNow(t, s, o.ID); o.Status != wallet.Expired || !o.Final() || len(o.Attention()) != 0 {
			t.Errorf("%s: got %s, attention %q; want expired", generation, o.Status, o.Attention())
		}
	}
}
