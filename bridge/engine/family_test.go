package engine_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

const familyOrders = 25

// TestEveryOrderEndsAtEveryProfile lets orders live at a wallet of each dialect while
// its calls and notifications fail in every way that its simulator has.
func TestEveryOrderEndsAtEveryProfile(t *testing.T) {
	for i, profile := range miniprogram.Profiles() {
		t.Run(profile, func(t *testing.T) {
			for _, seed := range stormSeeds(uint64(i + 1)) {
				s, _ := newFamily(t, profile, seed)
				s.rage(familyOrders)
			}
		})
	}
}

// TestEveryOrderEndsWhereAnswersAreNotSigned, or needs a person where no notification has
// reported that it was paid. What the person books is what the wallet has.
func TestEveryOrderEndsWhereAnswersAreNotSigned(t *testing.T) {
	for i, profile := range []string{"superqi", "vodapay"} {
		t.Run(profile, func(t *testing.T) {
			resolved := 0
			for _, seed := range stormSeeds(uint64(i+1), uint64(i+101)) {
				s, provider := newFamily(t, profile, seed)
				s.server = unsignedAnswers(provider)
				for range stormOrders(familyOrders) {
					s.life()
				}
				s.quiet()
				for _, id := range s.orders {
					resolved += s.resolvePaid(id)
					s.agrees(id)
				}
			}
			if resolved == 0 {
				t.Error("every notification came: the storm is too mild")
			}
		})
	}
}

// unsignedAnswers is a provider that signs what it sends, and nothing that it answers.
func unsignedAnswers(provider http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		provider.ServeHTTP(unsignedWriter{w}, r)
	})
}

type unsignedWriter struct{ http.ResponseWriter }

func (w unsignedWriter) WriteHeader(status int) {
	w.Header().Del("Signature")
	w.ResponseWriter.WriteHeader(status)
}

// resolvePaid does what a person does about an order that waits for its notification: looks
// at the wallet's console. It reports how many reasons for that there were.
func (s *storm) resolvePaid(id bridge.OrderID) (resolved int) {
	s.Helper()
	o, err := s.engine.Order(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	for _, why := range []bridge.Attention{bridge.PaymentUnresolved, bridge.UnconfirmedNews} {
		captured, _ := s.books(o.LastPayment().RequestID)
		if !slices.Contains(o.Attention(), why) || o.Paid > 0 || captured == 0 {
			continue
		}
		resolved++
		if _, err := s.engine.Resolve(s.Context(), id, resolution.Decision{
			Attention: why, Outcome: resolution.Paid, Note: "seen at the console", By: "ann", Source: bridge.FromOperator,
		}, nil); err != nil {
			s.Error(err)
		}
		break
	}
	return resolved
}

// newFamily is an engine in memory beside a wallet of a profile.
func newFamily(t *testing.T, profile string, seed uint64) (*storm, *simulator.Provider) {
	t.Helper()
	currency := wallet.Currency("USD")
	if own := map[string]wallet.Currency{"gcash": "PHP", "tng": "MYR", "superqi": "IQD", "rebell": "EUR", "vodapay": "ZAR"}[profile]; own != "" {
		currency = own
	}
	var provider *simulator.Provider
	s := newStorm(t, "family", currency, seed, func(at site) stormy {
		var err error
		provider, err = simulator.New(simulator.Config{
			PublicURL: at.base, Profile: profile, ClientID: "TEST_CLIENT", Key: signing.NewSecret(testdata.Key(t, "wallet_private.pem")),
			ClientKeys: map[int]string{1: testdata.Key(t, "client_public.pem")}, Now: at.now, Ladder: []time.Duration{time.Minute, time.Minute, time.Hour},
		})
		if err != nil {
			t.Fatal(err)
		}
		return stormy{
			server: provider, calls: brokenCalls, news: brokenNews, doubts: doubts, notify: simulator.Notify,
			clear: provider.Clear, deeds: deeds, settle: provider.Settle, run: provider.RunOnce,
			open: func(base string, env wallet.Env) (wallet.Wallet, error) {
				return familyConfig(t, profile, base).Open(env)
			},
			inject: func(fault, endpoint string, times, skip int) {
				provider.Inject(simulator.Rule{Fault: simulator.Fault(fault), Endpoint: endpoint, Times: times, Skip: skip})
			},
			books: func(requestID string) (captured, refunded int64) {
				books := provider.Books(requestID)
				return books.Captured.Minor, books.Refunded.Minor
			},
		}
	})
	return s, provider
}

func familyConfig(t *testing.T, profile, base string) miniprogram.Config {
	return miniprogram.Config{
		Profile: profile, BaseURL: base, ClientID: "TEST_CLIENT", PrivateKey: signing.NewSecret(testdata.Key(t, "client_private.pem")),
		WalletKeys: []miniprogram.WalletKey{{Key: testdata.Key(t, "wallet_public.pem")}}, AppID: "3333010071465913001",
		AuthClientID: "AUTH", PartnerID: "P1", ProductCode: "51051000101000000011",
	}
}

var (
	brokenCalls = words(
		"", "", simulator.CutBefore, simulator.CutAfter, simulator.ServerError, simulator.GarbageAnswer, simulator.UnsignedAnswer,
		simulator.ForgedAnswer, simulator.SkewedAnswer, simulator.NoResult, simulator.UnknownOutcome, simulator.AcceptedAsR,
		simulator.AcceptedAsU, simulator.OtherRedirect, simulator.NumberAmounts, simulator.WrongAmount, simulator.WrongCurrency,
		simulator.NotifyFirst, simulator.LimitFailed, simulator.LimitUnknown, simulator.UnknownUntouched, simulator.Refused, simulator.NotThereYet,
	)
	brokenNews = words(
		"", "", simulator.LoseNotification, simulator.DoubleNotification, simulator.DelayNotification, simulator.FailAfterSuccess,
		simulator.ForgeNotification, simulator.UnsignedNotification, simulator.SkewedNotification, simulator.NoStatus,
		simulator.NumberAmounts, simulator.WrongAmount, simulator.WrongCurrency,
		simulator.AmountMissing, simulator.AmountHuge, simulator.TimeHuge, simulator.UnknownStatus,
	)
	doubts = words(simulator.RefuseRepeat, simulator.LagQuery, simulator.CancelReverses, simulator.RefuseCancel, simulator.ChangeID)
	deeds  = []string{"pay", "pay", "pay", "decline", "cancel", "leave", "later"}
)

func words(faults ...simulator.Fault) []string {
	list := make([]string, len(faults))
	for i, f := range faults {
		list[i] = string(f)
	}
	return list
}

// A wallet does not hold money for ever. An order whose hold has lapsed ends without a
// word from anybody.
func TestHeldMoneyThatLapsesEndsItsOrder(t *testing.T) {
	for _, profile := range []string{"generic-v2", "superqi"} {
		s, provider := newFamily(t, profile, 1)
		hold := true
		outcome, err := s.engine.CreateOrder(t.Context(), engine.OrderRequest{
			App: "shop", Source: bridge.FromMerchant, Payer: bridge.Payer{ID: "c-1", Wallet: "family"}, Hold: &hold,
			Price: &pricing.Price{Amount: wallet.Money{Minor: 5000, Currency: s.currency}, Description: "A table"},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		id := outcome.Subject.ID
		if err := provider.Settle(outcome.Subject.LastPayment().RequestID, "pay"); err != nil {
			t.Fatal(err)
		}
		s.queryAll(10 * time.Second)
		if o, _ := s.engine.Order(t.Context(), id); o.Status != wallet.Authorized {
			t.Fatalf("%s: the order is %s, want authorized", profile, o.Status)
		}
		for range 4 * 9 {
			s.queryAll(6 * time.Hour)
		}
		o, err := s.engine.Order(t.Context(), id)
		if err != nil || !o.Final() || o.Paid != 0 || !o.DueAt.IsZero() {
			t.Errorf("%s: after nine days the order is %s with %d paid, due at %v (%v)", profile, o.Status, o.Paid, o.DueAt, err)
		}
		if _, err := s.engine.Capture(t.Context(), id, engine.CaptureRequest{Source: bridge.FromMerchant}, nil); !errors.Is(err, fault.Conflict) {
			t.Errorf("%s: a capture after the end: got %v, want Conflict", profile, err)
		}
	}
}

// A success may be of held money, but not where the order holds nothing: there no query
// confirms it.
func TestAPaidNotificationOfAnOrderThatHoldsNothingCostsNoQuery(t *testing.T) {
	for _, profile := range []string{"generic-v2", "superqi"} {
		hold := false
		s, provider := newFamily(t, profile, 1)
		var queries atomic.Int64
		s.server = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "inquiryPayment") {
				queries.Add(1)
			}
			provider.ServeHTTP(rw, r)
		})
		outcome, err := s.engine.CreateOrder(t.Context(), engine.OrderRequest{
			App: "shop", Source: bridge.FromMerchant, Payer: bridge.Payer{ID: "c-1", Wallet: "family"}, Hold: &hold,
			Price: &pricing.Price{Amount: wallet.Money{Minor: 5000, Currency: s.currency}, Description: "A table"},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := provider.Settle(outcome.Subject.LastPayment().RequestID, "pay"); err != nil {
			t.Fatal(err)
		}
		provider.RunOnce(t.Context())
		o, err := s.engine.Order(t.Context(), outcome.Subject.ID)
		if err != nil || o.Status != wallet.Paid || o.Paid != 5000 || queries.Load() != 0 {
			t.Errorf("%s: the order is %s after %d queries (%v), want paid after none", profile, o.Status, queries.Load(), err)
		}
	}
}
