package bridge_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
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
		"rest, that finds remarks and counts refunds at once": func(c *ottpay.Config, far *simulator.Config) {
			c.RemarkIsReference, c.RefundsCountAtOnce = true, true
			far.RemarkIsReference = true
		},
		"rest, with fees": func(c *ottpay.Config, far *simulator.Config) {
			c.RemarkIsReference, c.RefundsCountAtOnce, c.RefundIDsAreAsked = true, true, true
			far.RemarkIsReference, far.RefundIDsAnswered, far.Fee, far.Apart = true, true, 10, true
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			generation, _, _ := strings.Cut(name, ",")
			s, provider := ottStorm(t, generation, 7, change)
			s.rage(ottOrders)
			noneTwice(s, provider)
		})
	}
}

// noneTwice wants no more payments and refunds at the provider than the till has asked for.
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
// remark. What got no answer is never asked for again: it stays open, and asks for a person.
func TestWhatOTTPayCannotTellStaysOpenAndAsksForAttention(t *testing.T) {
	s, provider := ottStorm(t, "rest", 3, func(*ottpay.Config, *simulator.Config) {})
	for range ottOrders {
		s.life()
	}
	s.quiet()
	noneTwice(s, provider)
	open := 0
	for _, id := range s.orders {
		o, err := s.engine.Order(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		captured, refunded := s.books(o.LastPayment().RequestID)
		story := fmt.Sprintf("%s is %s with %d paid, %d refunded, %d open, attention %q; the provider has %d captured, %d refunded",
			id, o.Status, o.Paid, o.Refunded, o.RefundOpen, o.Attention(), captured, refunded)
		switch unsure := o.OpenPayment() != nil || o.RefundOpen > 0; {
		case unsure && len(o.Attention()) == 0:
			t.Errorf("open, and asks for nobody: %s", story)
		case unsure:
			open++
		case o.Paid != captured || o.Refunded != refunded:
			t.Errorf("the books differ: %s", story)
		}
	}
	if open == 0 {
		t.Error("nothing stayed open: the storm lost no answer")
	}
}
