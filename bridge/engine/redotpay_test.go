package engine_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
	"github.com/minitill/minitill/wallet/redotpay/direct"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
)

func calmRedotPay(t *testing.T) *storm {
	t.Helper()
	return newRedotPay(t, 1, func(*simulator.Config) {}, func(*redotpay.Config) {})
}

// ordered makes an order of 12.34 at the storm's wallet.
func (s *storm) ordered() bridge.Order {
	s.Helper()
	outcome, err := s.engine.CreateOrder(s.Context(), engine.OrderRequest{
		App: "shop", Channel: wallet.Web, Source: bridge.FromMerchant, Payer: bridge.Payer{ID: "c-1", Wallet: s.name},
		Price: &pricing.Price{Amount: wallet.Money{Minor: 1234, Currency: s.currency}, Description: "Two teas"},
	}, nil)
	if err != nil {
		s.Fatal(err)
	}
	return outcome.Subject
}

// pays lets the payer of an order decide, and delivers what the provider sends.
func (s *storm) pays(o bridge.Order, deed string) {
	s.Helper()
	if err := s.settle(o.LastPayment().RequestID, deed); err != nil {
		s.Fatal(err)
	}
	s.run(s.Context())
}

// stands checks how an order stands.
func (s *storm) stands(o bridge.Order, when string, status wallet.Status, attention ...bridge.Attention) bridge.Order {
	s.Helper()
	got, err := s.engine.Order(s.Context(), o.ID)
	if err != nil {
		s.Fatal(err)
	}
	if got.Status != status || !slices.Equal(got.Attention(), attention) {
		s.Errorf("%s the order is %s with attention %q, want %s with %q", when, got.Status, got.Attention(), status, attention)
	}
	return got
}

func TestRedotPaysWebhookSettlesAnOrderOnlyAsTheQueryBearsItOut(t *testing.T) {
	s := calmRedotPay(t)
	o := s.ordered()
	if sn := o.LastPayment().WalletPaymentID; !strings.HasPrefix(sn, "RAP") {
		t.Errorf("the order's number at the provider is %q", sn)
	}
	s.inject("wrong_amount", simulator.Notify, 1, 0) // reported by the webhook alone
	s.pays(o, "pay")
	s.stands(o, "after a webhook of another amount,", wallet.Pending, bridge.AmountMismatch)
	o = s.ordered()
	s.pays(o, "pay")
	got := s.stands(o, "once it is paid,", wallet.Paid)
	if p := got.LastPayment(); !slices.ContainsFunc(p.IDs(), func(id string) bool { return strings.HasPrefix(id, "PAYH") }) || got.Paid != 1234 {
		t.Errorf("the payment has the names %v and %d paid, want the transaction's among them, and 1234", p.IDs(), got.Paid)
	}
}

func TestAnOrderWhoseWebhooksAreLostOrTooOldIsPaidAllTheSame(t *testing.T) {
	for _, fault := range []string{"lose_notification", "skewed_notification", "unsigned_notification", "forge_notification", "unknown_action"} {
		s := calmRedotPay(t)
		o := s.ordered()
		s.inject(fault, simulator.Notify, 0, 0)
		s.pays(o, "pay")
		s.stands(o, "with "+fault+",", wallet.Pending)
		s.queryAll(10 * time.Second)
		s.stands(o, "after a query, with "+fault+",", wallet.Paid)
	}
}

func TestAFailedAttemptDoesNotEndAnOrderAtRedotPay(t *testing.T) {
	s := calmRedotPay(t)
	o := s.ordered()
	s.inject("tell_failure", "", 0, 0)
	s.pays(o, "decline")
	s.queryAll(10 * time.Second)
	s.stands(o, "after a failed attempt,", wallet.Pending)
	s.pays(o, "pay")
	s.stands(o, "after the second attempt,", wallet.Paid)
}

func TestMoneyAfterTheEndIsKeptAndFlagged(t *testing.T) {
	s := calmRedotPay(t)
	o := s.ordered()
	if _, err := s.engine.Cancel(t.Context(), o.ID, bridge.FromMerchant); err != nil {
		t.Fatal(err)
	}
	s.stands(o, "once it is canceled,", wallet.Canceled)
	s.pays(o, "late")
	got := s.stands(o, "paid after it was closed,", wallet.Paid, bridge.LatePayment)
	if got.Paid != 1234 {
		t.Errorf("%d are paid, want 1234", got.Paid)
	}
}

func TestARefundsWebhookDoesNotUnpayAnOrder(t *testing.T) {
	s := calmRedotPay(t)
	o := s.ordered()
	s.pays(o, "pay")
	part := wallet.Money{Minor: 234, Currency: "USD"}
	outcome, err := s.engine.Refund(t.Context(), o.ID, refund.Request{Amount: part, Source: bridge.FromMerchant}, nil)
	if err != nil || outcome.Subject.Refunds[0].Status != wallet.RefundPending {
		t.Fatalf("got %+v, %v; want a pending refund", outcome.Subject.Refunds, err)
	}
	s.after(s.dice) // which may reject it
	s.run(t.Context())
	got := s.stands(o, "after the refund's webhook,", wallet.Paid)
	if got.Paid != 1234 || got.RefundOpen != 0 || got.Refunds[0].Status == wallet.RefundPending {
		t.Errorf("%d are paid, the refund is %s, %d are open", got.Paid, got.Refunds[0].Status, got.RefundOpen)
	}
	s.agrees(o.ID)
}

// counter is an engine beside the card calls of the direct dialect.
type counter struct {
	*storm
	provider *simulator.Provider
	line     *cutter
}

// cutter loses the answer to the next call.
type cutter struct{ cut bool }

func (c *cutter) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && c.cut {
		c.cut = false
		_ = resp.Body.Close()
		return nil, http.ErrHandlerTimeout
	}
	return resp, err
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{line: new(cutter), storm: &storm{T: t, name: "cards", currency: "USD", clock: testclock.New()}}
	far := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { c.provider.ServeHTTP(rw, r) }))
	t.Cleanup(far.Close)
	var err error
	c.provider, err = simulator.New(simulator.Config{PublicURL: far.URL, Now: c.clock.Now, Direct: &simulator.Direct{
		MerchantCode: "ID1", MerchantKey: signing.NewSecret("merchant-key"), Secret: signing.NewSecret("secret-key"), PartCaptures: true,
	}})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := direct.Config{
		BaseURL: far.URL, MerchantCode: "ID1", MerchantKey: signing.NewSecret("merchant-key"), Mode: "cards", AmountUnit: "minor",
		Currencies: []string{"USD"}, Codes: map[string]string{"2001": "refused"},
	}.Open(wallet.Env{Name: "cards", Now: c.clock.Now, HTTP: &http.Client{Transport: c.line}})
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := signing.NewSealer(signing.GenerateSealingKey())
	if err != nil {
		t.Fatal(err)
	}
	c.engine, err = engine.New(engine.Config{
		Store: memstore.New(), PublicURL: "https://till.example", Now: c.clock.Now, Sealer: sealer, Wallets: map[string]wallet.Wallet{"cards": opened},
		Apps: []engine.App{{Name: "shop", Wallets: []string{"cards"}, Expiry: 8 * time.Minute, Hold: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.nodes = []*engine.Engine{c.engine}
	return c
}

func (c *counter) charges(token wallet.Token) (bridge.Order, error) {
	c.Helper()
	outcome, err := c.engine.CreateOrder(c.Context(), engine.OrderRequest{
		App: "shop", Source: bridge.FromMerchant, MethodToken: token,
		Price: &pricing.Price{Amount: wallet.Money{Minor: 10000, Currency: "USD"}, Description: "A table"},
	}, nil)
	return outcome.Subject, err
}

func TestACardIsChargedThroughTheTill(t *testing.T) {
	c := newCounter(t)
	o, err := c.charges("tok_visa")
	if err != nil {
		t.Fatal(err)
	}
	c.stands(o, "after the authorization,", wallet.Authorized)
	if _, err := c.engine.Capture(t.Context(), o.ID, engine.CaptureRequest{Amount: wallet.Money{Minor: 8000, Currency: "USD"}, Source: bridge.FromMerchant}, nil); err != nil {
		t.Fatal(err)
	}
	if got := c.stands(o, "after the capture,", wallet.Paid); got.Paid != 8000 {
		t.Errorf("%d are paid, want 8000", got.Paid)
	}
	if _, err := c.engine.Refund(t.Context(), o.ID, refund.Request{Amount: wallet.Money{Minor: 3000, Currency: "USD"}, Source: bridge.FromMerchant}, nil); err != nil {
		t.Fatal(err)
	}
	books, _ := c.provider.CardBooks(o.LastPayment().WalletPaymentID)
	if got := c.stands(o, "after the refund,", wallet.Paid); got.Refunded != 3000 || books.Captured != 8000 || books.Refunded != 3000 {
		t.Errorf("%d are refunded; the provider has %+v", got.Refunded, books)
	}
	o, err = c.charges("tok_visa")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.engine.Void(t.Context(), o.ID, bridge.FromMerchant, nil); err != nil {
		t.Fatal(err)
	}
	c.stands(o, "after the void,", wallet.Voided)
	if o, err = c.charges("tok_declined"); err == nil {
		t.Errorf("a card that is declined: %s, want a refusal", o.Status)
	}
}

func TestACardCallWithoutAnAnswerNeedsAPerson(t *testing.T) {
	c := newCounter(t)
	c.line.cut = true
	o, err := c.charges("tok_visa")
	if err == nil {
		t.Fatal("an authorization without an answer succeeded")
	}
	_, _ = c.engine.Pay(t.Context(), o.ID, bridge.PayRequest{Source: bridge.FromClient}, nil) // which must send nothing
	for range 4 {
		c.queryAll(12 * time.Hour)
	}
	if _, all := c.provider.CardBooks(""); all != 1 {
		t.Errorf("the card was authorized %d times, want once", all)
	}
	c.stands(o, "without an answer to authorize,", wallet.Created, bridge.PaymentUnresolved)

	o, err = c.charges("tok_visa")
	if err != nil {
		t.Fatal(err)
	}
	c.line.cut = true
	if _, err := c.engine.Capture(t.Context(), o.ID, engine.CaptureRequest{Source: bridge.FromMerchant}, nil); err == nil {
		t.Fatal("a capture without an answer succeeded")
	}
	c.queryAll(5 * time.Minute)
	c.stands(o, "without an answer to capture,", wallet.Authorized, bridge.OperationUnresolved)

	o, err = c.charges("tok_visa")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.engine.Capture(t.Context(), o.ID, engine.CaptureRequest{Source: bridge.FromMerchant}, nil); err != nil {
		t.Fatal(err)
	}
	c.line.cut = true
	if _, err := c.engine.Refund(t.Context(), o.ID, refund.Request{Source: bridge.FromMerchant}, nil); err == nil {
		t.Fatal("a refund without an answer succeeded")
	}
	for range 3 {
		c.queryAll(5 * time.Minute)
	}
	got := c.stands(o, "without an answer to refund,", wallet.Paid, bridge.RefundUnconfirmed)
	if books, _ := c.provider.CardBooks(o.LastPayment().WalletPaymentID); books.Refunded != 10000 || got.RefundOpen != 10000 {
		t.Errorf("%d are open; the provider has %+v, want one refund", got.RefundOpen, books)
	}
}

// TestSignaturesOfAPaymentAtRedotPay: each request is signed once with RSA, which is most of
// what a payment costs there. One creates the order, and one confirms a webhook that is not
// trusted.
func TestSignaturesOfAPaymentAtRedotPay(t *testing.T) {
	for name, x := range map[string]struct {
		trust bool
		deed  string
		want  []string
	}{
		"paid":                {false, "pay", []string{"create", "detail"}},
		"paid, and trusted":   {true, "pay", []string{"create"}},
		"of a failed attempt": {false, "decline", []string{"create", "detail"}},
	} {
		t.Run(name, func(t *testing.T) {
			var requests []string
			s := newRedotPay(t, 1, func(c *simulator.Config) {
				c.OnRequest = func(endpoint string, _ []byte) { requests = append(requests, endpoint) }
			}, func(c *redotpay.Config) { c.TrustNotifications = x.trust })
			o := s.ordered()
			s.inject("tell_failure", "", 0, 0)
			s.pays(o, x.deed)
			if !slices.Equal(requests, x.want) {
				t.Errorf("the requests were %q, want %q", requests, x.want)
			}
		})
	}
}
