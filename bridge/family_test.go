package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

const familyOrders = 25

// TestEveryOrderEndsAtEveryProfile lets orders live at a wallet of each dialect while
// its calls and notifications fail in every way that its simulator has, and wants the
// same money in both books when all is quiet again.
func TestEveryOrderEndsAtEveryProfile(t *testing.T) {
	for i, profile := range miniprogram.Profiles() {
		t.Run(profile, func(t *testing.T) {
			f := newFamily(t, profile, uint64(i+1))
			for range familyOrders {
				f.life()
				f.clock.Advance(time.Duration(f.dice.IntN(3)) * time.Second)
			}
			f.quiet()
			for _, id := range f.orders {
				f.agrees(id)
			}
		})
	}
}

// family is an engine in memory beside a wallet of a profile.
type family struct {
	*testing.T
	dice     *rand.Rand
	clock    *clock
	provider *simulator.Provider
	engine   *bridge.Engine
	wallet   wallet.Wallet
	currency wallet.Currency
	orders   []bridge.OrderID
}

func newFamily(t *testing.T, profile string, seed uint64) *family {
	t.Helper()
	f := &family{
		T: t, dice: rand.New(rand.NewPCG(seed, 11)), currency: "USD",
		clock: &clock{now: time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)},
	}
	if own := map[string]wallet.Currency{"gcash": "PHP", "tng": "MYR", "superqi": "IQD", "rebell": "EUR", "vodapay": "ZAR"}[profile]; own != "" {
		f.currency = own
	}
	w := &world{T: t, ctx: t.Context(), clock: f.clock}
	till := httptest.NewServer(http.HandlerFunc(w.takeNotification))
	t.Cleanup(till.Close)
	far := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { f.provider.ServeHTTP(rw, r) }))
	t.Cleanup(far.Close)
	var err error
	f.provider, err = simulator.New(simulator.Config{
		PublicURL: far.URL, Profile: profile, ClientID: "TEST_CLIENT", Key: signing.NewSecret(familyKey(t, "wallet_private")),
		ClientKeys: map[int]string{1: familyKey(t, "client_public")}, Now: f.clock.Now, Ladder: []time.Duration{time.Minute, time.Minute, time.Hour},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.wallet, err = miniprogram.Config{
		Profile: profile, BaseURL: far.URL, ClientID: "TEST_CLIENT", PrivateKey: signing.NewSecret(familyKey(t, "client_private")),
		WalletKeys: []miniprogram.WalletKey{{Key: familyKey(t, "wallet_public")}}, AppID: "3333010071465913001",
		AuthClientID: "AUTH", PartnerID: "P1", ProductCode: "51051000101000000011",
	}.Open(wallet.Env{Name: "family", Now: f.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	f.engine, err = bridge.New(bridge.Config{
		Store: memstore.New(), PublicURL: till.URL, Now: f.clock.Now, Wallets: map[string]wallet.Wallet{"family": f.wallet},
		Apps: []bridge.App{{Name: "shop", Wallets: []string{"family"}, Expiry: 8 * time.Minute}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.engine = f.engine
	return f
}

func familyKey(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../signing/testdata/" + name + ".pem")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	brokenCalls = []simulator.Fault{
		"", "", simulator.CutBefore, simulator.CutAfter, simulator.ServerError, simulator.GarbageAnswer, simulator.UnsignedAnswer,
		simulator.ForgedAnswer, simulator.SkewedAnswer, simulator.NoResult, simulator.UnknownOutcome, simulator.AcceptedAsR,
		simulator.AcceptedAsU, simulator.OtherRedirect, simulator.NumberAmounts, simulator.WrongAmount, simulator.WrongCurrency,
		simulator.NotifyFirst, simulator.LimitFailed, simulator.LimitUnknown, simulator.UnknownUntouched, simulator.Refused, simulator.NotThereYet,
	}
	brokenNews = []simulator.Fault{
		"", "", simulator.LoseNotification, simulator.DoubleNotification, simulator.DelayNotification, simulator.FailAfterSuccess,
		simulator.ForgeNotification, simulator.UnsignedNotification, simulator.SkewedNotification, simulator.NoStatus,
		simulator.NumberAmounts, simulator.WrongAmount, simulator.WrongCurrency,
		simulator.AmountMissing, simulator.AmountHuge, simulator.TimeHuge, simulator.UnknownStatus,
	}
	doubts = []simulator.Fault{simulator.RefuseRepeat, simulator.LagQuery, simulator.CancelReverses, simulator.RefuseCancel, simulator.ChangeID}
	deeds  = []string{"pay", "pay", "pay", "decline", "cancel", "leave", "later"}
)

// life is an order from its making to its refunds, in a storm.
func (f *family) life() {
	f.provider.Clear()
	if fault := brokenCalls[f.dice.IntN(len(brokenCalls))]; fault != "" {
		f.provider.Inject(simulator.Rule{Fault: fault, Times: 1 + f.dice.IntN(2), Skip: f.dice.IntN(2)})
	}
	for _, fault := range doubts { // which combine with the others
		if f.dice.IntN(3) == 0 {
			f.provider.Inject(simulator.Rule{Fault: fault, Times: 1 + f.dice.IntN(2)})
		}
	}
	if fault := brokenNews[f.dice.IntN(len(brokenNews))]; fault != "" {
		f.provider.Inject(simulator.Rule{Fault: fault, Endpoint: simulator.Notify, Times: 1 + f.dice.IntN(2)})
	}
	amount := wallet.Money{Minor: int64(1000 + f.dice.IntN(100_000)), Currency: f.currency}
	outcome, err := f.engine.CreateOrder(f.Context(), bridge.OrderRequest{
		App: "shop", Channel: wallet.MiniProgram, Source: bridge.FromMerchant, Payer: bridge.Payer{ID: "c-1", Wallet: "family"},
		Price: &bridge.Price{Amount: amount, Description: "Two teas"},
	}, nil)
	id := outcome.Order.ID
	if id == "" {
		f.Fatalf("no order: %v", err)
	}
	f.orders = append(f.orders, id)
	if f.dice.IntN(4) == 0 {
		_, _ = f.engine.Pay(f.Context(), id, bridge.PayRequest{Source: bridge.FromClient}, nil)
	}
	_ = f.provider.Settle(outcome.Order.LastPayment().RequestID, deeds[f.dice.IntN(len(deeds))]) // one that never came cannot be paid
	f.provider.RunOnce(f.Context())
	f.look(time.Duration(f.dice.IntN(12)) * time.Second)
	for range f.dice.IntN(3) {
		part := wallet.Money{Minor: 1 + f.dice.Int64N(amount.Minor), Currency: f.currency}
		_, _ = f.engine.Refund(f.Context(), id, bridge.RefundRequest{Amount: part, Source: bridge.FromMerchant}, nil)
	}
	if f.dice.IntN(6) == 0 {
		_, _ = f.engine.Cancel(f.Context(), id, bridge.FromMerchant)
	}
}

func (f *family) look(d time.Duration) {
	f.Helper()
	f.clock.Advance(d)
	if _, err := f.engine.RunOnce(context.WithoutCancel(f.Context())); err != nil {
		f.Fatal(err)
	}
}

// quiet lets two days pass without faults.
func (f *family) quiet() {
	f.provider.Clear()
	for range 12 {
		f.look(time.Minute)
		f.provider.RunOnce(f.Context())
	}
	for range 8 {
		f.look(6 * time.Hour)
		for range 6 { // an order that found the wallet busy is looked at a little later
			f.look(time.Minute)
		}
		f.provider.RunOnce(f.Context())
	}
}

// agrees compares an order with the wallet's books.
func (f *family) agrees(id bridge.OrderID) {
	f.Helper()
	o, err := f.engine.Order(f.Context(), id)
	if err != nil {
		f.Fatal(err)
	}
	var captured, refunded int64
	for _, p := range o.Payments {
		books := f.provider.Books(p.RequestID)
		captured, refunded = captured+books.Captured.Minor, refunded+books.Refunded.Minor
	}
	story := fmt.Sprintf("%s is %s with %d paid, %d refunded, %d open, attention %q; the wallet has %d captured, %d refunded",
		id, o.Status, o.Paid, o.Refunded, o.RefundOpen, o.Attention(), captured, refunded)
	if !o.Final() || o.OpenPayment() != nil {
		f.Errorf("not at its end: %s", story)
	}
	lied := slices.Contains(o.Attention(), bridge.RefundMismatch) // a signed answer about a refund's amount is believed, and flagged
	net := o.Paid-o.Reversed-o.Refunded == captured-refunded      // a cancel may have given back what was never booked
	if !net && (o.Paid != captured || o.Refunded != refunded && !lied) || o.RefundOpen != 0 {
		f.Errorf("the books differ: %s", story)
	}
	if (o.Paid > 0) != (o.Status == wallet.Paid) {
		f.Errorf("the status is not the money's: %s", story)
	}
}

// A wallet does not hold money for ever. An order whose hold has lapsed ends without a
// word from anybody.
func TestHeldMoneyThatLapsesEndsItsOrder(t *testing.T) {
	for _, profile := range []string{"generic-v2", "superqi"} {
		f := newFamily(t, profile, 1)
		hold := true
		outcome, err := f.engine.CreateOrder(t.Context(), bridge.OrderRequest{
			App: "shop", Source: bridge.FromMerchant, Payer: bridge.Payer{ID: "c-1", Wallet: "family"}, Hold: &hold,
			Price: &bridge.Price{Amount: wallet.Money{Minor: 5000, Currency: f.currency}, Description: "A table"},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		id := outcome.Order.ID
		if err := f.provider.Settle(outcome.Order.LastPayment().RequestID, "pay"); err != nil {
			t.Fatal(err)
		}
		f.look(10 * time.Second)
		if o, _ := f.engine.Order(t.Context(), id); o.Status != wallet.Authorized {
			t.Fatalf("%s: the order is %s, want authorized", profile, o.Status)
		}
		for range 4 * 9 {
			f.look(6 * time.Hour)
		}
		o, err := f.engine.Order(t.Context(), id)
		if err != nil || !o.Final() || o.Paid != 0 || !o.DueAt.IsZero() {
			t.Errorf("%s: after nine days the order is %s with %d paid, due at %v (%v)", profile, o.Status, o.Paid, o.DueAt, err)
		}
		if _, err := f.engine.Capture(t.Context(), id, bridge.CaptureRequest{Source: bridge.FromMerchant}, nil); !errors.Is(err, fault.Conflict) {
			t.Errorf("%s: a capture after the end: got %v, want Conflict", profile, err)
		}
	}
}
