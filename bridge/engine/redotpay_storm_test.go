package engine_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
	"github.com/minitill/minitill/wallet/redotpay/direct"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
)

const redotpayOrders = 40

// TestEveryOrderEndsAtRedotPay lets orders live at RedotPay Connect and at the direct
// dialect while calls and webhooks fail in every way that their simulator has.
func TestEveryOrderEndsAtRedotPay(t *testing.T) {
	for name, c := range map[string]struct {
		far  func(*simulator.Config)
		near func(*redotpay.Config)
	}{
		"paylink":  {func(*simulator.Config) {}, func(*redotpay.Config) {}},
		"open-api": {fetchesNone(t, simulator.DefaultMethods[:1]), func(c *redotpay.Config) { c.Flow = "openApi" }},
		"methods":  {fetchesNone(t, simulator.DefaultMethods), func(c *redotpay.Config) { c.Flow = "openApi" }},
		"trusting": {func(*simulator.Config) {}, func(c *redotpay.Config) { c.TrustNotifications = true }},
	} {
		t.Run(name, func(t *testing.T) {
			for _, seed := range stormSeeds(1, 2) {
				newRedotPay(t, seed, c.far, c.near).rage(redotpayOrders)
			}
		})
	}
	t.Run("direct, found by our number", func(t *testing.T) {
		for _, seed := range stormSeeds(1, 2) {
			newDirect(t, seed, true).rage(redotpayOrders)
		}
	})
}

// fetchesNone is a provider with methods that requires payment-method for the manual ones only:
// where the others lead, the answer to create has named.
func fetchesNone(t *testing.T, methods []simulator.Method) func(*simulator.Config) {
	return func(c *simulator.Config) {
		c.Methods = methods
		c.OnRequest = func(endpoint string, body []byte) {
			for _, m := range methods {
				if endpoint == "payment-method" && !m.Manual && bytes.Contains(body, []byte(`"paymentMethodId":"`+m.ID+`"`)) {
					t.Errorf("method %s is fetched, which is not manual: %s", m.ID, body)
				}
			}
		}
	}
}

// At a server of the direct dialect that is not known to find orders by our number, a
// create whose answer was lost ends with a person.
func TestAnOrderWithoutAStatusQueryOfTheDirectDialectEndsWithAPerson(t *testing.T) {
	unresolved := 0
	for _, seed := range stormSeeds(1, 2) {
		s := newDirect(t, seed, false)
		s.loses("create")
		for range redotpayOrders {
			s.life()
			s.clock.Advance(time.Duration(s.dice.IntN(3)) * time.Second)
		}
		s.quiet()
		for _, id := range s.orders {
			unresolved += s.resolve(id)
			s.agrees(id)
		}
	}
	if unresolved == 0 {
		t.Error("no order was left to a person")
	}
}

// resolve lets a person say of an order that is left open what the provider's books say,
// and returns how many there were.
func (s *storm) resolve(id bridge.OrderID) int {
	s.Helper()
	o, err := s.engine.Order(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	if !slices.Contains(o.Attention(), bridge.PaymentUnresolved) || o.OpenPayment() == nil {
		return 0
	}
	decided := resolution.Decision{Attention: bridge.PaymentUnresolved, Note: "found it in the console", Outcome: resolution.Failed, Source: bridge.FromMerchant}
	if captured, _ := s.books(o.OpenPayment().RequestID); captured > 0 {
		decided.Outcome = resolution.Paid
	}
	if _, err := s.engine.Resolve(s.Context(), id, decided, nil); err != nil {
		s.Errorf("resolving %s: %v", id, err)
	}
	return 1
}

// newRedotPay is an engine in memory beside RedotPay Connect.
func newRedotPay(t *testing.T, seed uint64, far func(*simulator.Config), near func(*redotpay.Config)) *storm {
	t.Helper()
	return newStorm(t, "redotpay", "USD", seed, func(at site) stormy {
		c := simulator.Config{
			PublicURL: at.base, AppKey: "APPKEY", MerchantKeys: map[int]string{1: testdata.Key(t, "client_public.pem")},
			Key: signing.NewSecret(testdata.Key(t, "wallet_private.pem")), NotifyURL: at.notify, Now: at.now, ManualRefunds: true, Seed: seed,
		}
		far(&c)
		return redotpayStorm(t, c, append(redotpayNews, "percent_signature", "other_names", "unknown_action", "skewed_notification"),
			func(base string, env wallet.Env) (wallet.Wallet, error) {
				c := redotpay.Config{
					BaseURL: base, AppKey: "APPKEY", PrivateKey: signing.NewSecret(testdata.Key(t, "client_private.pem")),
					PlatformKeys: []redotpay.PlatformKey{{Version: 1, Key: testdata.Key(t, "wallet_public.pem")}},
					Codes:        map[string]string{"ORDER_NOT_FOUND": "notFound"},
					Refund:       redotpay.RefundConfig{Path: "/openapi/v2/order/refund", DetailPath: "/openapi/v2/order/refund/detail", ActionType: "ACQUIRER_REFUND"},
				}
				near(&c)
				return c.Open(env)
			})
	})
}

// newDirect is an engine in memory beside the direct dialect.
func newDirect(t *testing.T, seed uint64, byReference bool) *storm {
	t.Helper()
	return newStorm(t, "direct", "USD", seed, func(at site) stormy {
		c := simulator.Config{PublicURL: at.base, Now: at.now, Seed: seed, Direct: &simulator.Direct{
			MerchantCode: "ID1", MerchantKey: signing.NewSecret("merchant-key"), Secret: signing.NewSecret("secret-key"),
		}}
		return redotpayStorm(t, c, redotpayNews, func(base string, env wallet.Env) (wallet.Wallet, error) {
			return direct.Config{
				BaseURL: base, MerchantCode: "ID1", MerchantKey: signing.NewSecret("merchant-key"), Secret: signing.NewSecret("secret-key"),
				AmountUnit: "minor", Currencies: []string{"USD"}, ByReference: byReference, Codes: map[string]string{"1002": "notFound"},
			}.Open(env)
		})
	})
}

var (
	redotpayCalls = []string{
		"", "", "cut_before", "cut_after", "server_error", "garbage_answer", "unknown_outcome", "traffic_limit", "refused",
		"wrong_amount", "wrong_currency", "no_data", "number_as_text", "not_there_yet",
	}
	redotpayNews = []string{
		"", "", "lose_notification", "double_notification", "delay_notification", "reorder_notification", "forge_notification",
		"unsigned_notification", "wrong_amount", "wrong_currency", "number_as_text", "no_status",
		"amount_missing", "amount_huge", "time_huge", "unknown_status",
	}
	redotpayDoubts = []string{"refuse_repeat", "lag_query", "refuse_close", "change_id", "tell_failure"}
)

func redotpayStorm(t *testing.T, c simulator.Config, news []string, open func(string, wallet.Env) (wallet.Wallet, error)) stormy {
	t.Helper()
	provider, err := simulator.New(c)
	if err != nil {
		t.Fatal(err)
	}
	var methods []string
	for _, m := range c.Methods {
		methods = append(methods, m.ID)
	}
	return stormy{
		methods: methods, server: provider, open: open, calls: redotpayCalls, news: news, doubts: redotpayDoubts, notify: simulator.Notify,
		clear: provider.Clear, deeds: []string{"pay", "pay", "pay", "decline", "leave", "later", "late"}, settle: provider.Settle, run: provider.RunOnce,
		inject: func(fault, endpoint string, times, skip int) {
			provider.Inject(simulator.Rule{Fault: simulator.Fault(fault), Endpoint: endpoint, Times: times, Skip: skip})
		},
		after: func(dice *rand.Rand) {
			for _, refund := range provider.WaitingRefunds() {
				_ = provider.DecideRefund(refund, dice.IntN(4) > 0) // it waits, as was just answered
			}
		},
		books: func(requestID string) (captured, refunded int64) {
			books := provider.Books(requestID)
			return books.Captured.Minor, books.Refunded.Minor
		},
	}
}
