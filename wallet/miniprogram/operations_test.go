package miniprogram_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

func decodeJSON(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func clientOf(far http.RoundTripper) *http.Client { return &http.Client{Transport: far} }

func contains(text string, words ...string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// calls notes which calls a provider gets.
type calls struct {
	mu  sync.Mutex
	all []simulator.Request
}

func (c *calls) note(r simulator.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, r)
}

func (c *calls) names() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for _, r := range c.all {
		names = append(names, r.Endpoint)
	}
	return strings.Join(names, " ")
}

// watched is a stand whose calls are noted.
func watched(tb testing.TB, profile string, change ...func(*miniprogram.Config, *simulator.Config)) (*stand, *calls) {
	tb.Helper()
	c := new(calls)
	note := func(_ *miniprogram.Config, far *simulator.Config) { far.OnRequest = c.note }
	return open(tb, profile, append(change, note)...), c
}

// soon is a request that has not expired yet.
func soon(id string, currency wallet.Currency) wallet.PaymentRequest {
	req := request(id, currency)
	req.ExpiresAt = time.Now().Add(15 * time.Minute)
	return req
}

func create(t *testing.T, w wallet.Wallet, req wallet.PaymentRequest) wallet.Payment {
	t.Helper()
	payment, err := w.CreatePayment(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return payment
}

func TestPaymentURLArrivesUntouched(t *testing.T) {
	for _, profile := range miniprogram.Profiles() {
		s := open(t, profile)
		payment := create(t, s.wallet, soon("URL1", currencies(profile)[0]))
		want := s.provider.PaymentURL("URL1")
		if payment.Action.PaymentURL != want || !strings.Contains(want, "%2B") || len(want) <= 255 {
			t.Errorf("%s: payment URL:\n got %s\nwant %s", profile, payment.Action.PaymentURL, want)
		}
	}
}

func TestAnInquiryNamesOneID(t *testing.T) {
	s, far := watched(t, "generic-v1")
	payment := create(t, s.wallet, soon("ASK1", "USD"))
	for _, ref := range []wallet.Ref{{RequestID: "ASK1"}, payment.Ref} {
		if _, err := s.wallet.(wallet.Querier).QueryPayment(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{
		`{"partnerId":"` + testPartner + `","paymentRequestId":"ASK1"}`,
		`{"partnerId":"` + testPartner + `","paymentId":"` + payment.PaymentID + `"}`,
	} {
		if got := string(far.all[i+1].Body); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestAWalletWithoutIdempotentCreateIsQueriedFirst(t *testing.T) {
	s, far := watched(t, "vodapay")
	create(t, s.wallet, soon("ONCE1", "ZAR")) // there is nothing to find before the first
	repeat := soon("ONCE1", "ZAR")
	repeat.LastSentAt = time.Now()
	again := create(t, s.wallet, repeat)
	if got := far.names(); got != "pay inquiryPayment" {
		t.Errorf("calls: got %s", got)
	}
	if again.Status != wallet.Pending {
		t.Errorf("the repeat: got %+v, want the payment as it stands", again)
	}
}

func TestARequestSeenWithOtherContentIsThePaymentThatIsThere(t *testing.T) {
	s, far := watched(t, "generic-v2")
	create(t, s.wallet, soon("SEEN1", "USD"))
	other := soon("SEEN1", "USD")
	other.Amount.Minor++
	got, err := s.wallet.CreatePayment(t.Context(), other)
	if err != nil || got.Amount.Minor != 10000 || far.names() != "pay pay inquiryPayment" {
		t.Errorf("got %+v and %v after %s, want the first payment", got, err, far.names())
	}
}

func TestARefusalBecauseOfThePaymentsStateIsThePaymentAsItStands(t *testing.T) {
	s := open(t, "generic-v2")
	req := soon("PAST1", "USD")
	payment := create(t, s.wallet, req)
	if _, err := s.wallet.(wallet.Canceler).Cancel(t.Context(), payment.Ref); err != nil {
		t.Fatal(err)
	}
	got, err := s.wallet.CreatePayment(t.Context(), req)
	if err != nil || got.Status != wallet.Failed { // which is what this wallet calls canceled
		t.Errorf("got %+v and %v, want failed", got, err)
	}
	s.provider.Inject(simulator.Rule{Fault: simulator.Refused, Endpoint: "pay", Code: "ORDER_STATUS_INVALID", Times: 1})
	if _, err := s.wallet.CreatePayment(t.Context(), soon("NEVER", "USD")); !errors.Is(err, fault.Declined) {
		t.Errorf("where there is no payment: got %v, want declined", err)
	}
}

func TestCancelQueriesBeforeItReverses(t *testing.T) {
	s, far := watched(t, "generic-v2")
	payment := create(t, s.wallet, soon("PAID1", "USD"))
	if err := s.provider.Settle("PAID1", "pay"); err != nil {
		t.Fatal(err)
	}
	got, err := s.wallet.(wallet.Canceler).Cancel(t.Context(), payment.Ref)
	if err != nil || got.Status != wallet.Paid || far.names() != "pay inquiryPayment" {
		t.Errorf("got %+v and %v after %s, want paid and no cancel", got, err, far.names())
	}
	if books := s.provider.Books("PAID1"); books.Refunded.Positive() {
		t.Errorf("the wallet gave %s back", books.Refunded)
	}
}

func TestACancelThatIsTooLateIsThePaymentAsItStands(t *testing.T) {
	s := open(t, "generic-v2")
	payment := create(t, s.wallet, soon("LATE1", "USD"))
	s.provider.Inject(simulator.Rule{Fault: simulator.Refused, Endpoint: "cancel", Code: "CANCEL_WINDOW_EXCEED", Times: 1})
	got, err := s.wallet.(wallet.Canceler).Cancel(t.Context(), payment.Ref)
	if err != nil || got.Status != wallet.Pending {
		t.Errorf("got %+v and %v, want pending", got, err)
	}
	s.provider.Inject(simulator.Rule{Fault: simulator.UnknownUntouched, Endpoint: "cancel", Times: 1})
	if _, err := s.wallet.(wallet.Canceler).Cancel(t.Context(), payment.Ref); !errors.Is(err, fault.Unknown) {
		t.Errorf("U: got %v, want unknown", err)
	}
}

func TestProviderFaultsAreUnknownAndResumed(t *testing.T) {
	for _, f := range []simulator.Fault{
		simulator.CutBefore, simulator.CutAfter, simulator.ServerError, simulator.GarbageAnswer, simulator.UnsignedAnswer,
		simulator.ForgedAnswer, simulator.SkewedAnswer, simulator.NoResult, simulator.UnknownOutcome,
		simulator.LimitUnknown, simulator.UnknownUntouched,
	} {
		t.Run(string(f), func(t *testing.T) {
			s := open(t, "generic-v2")
			s.provider.Inject(simulator.Rule{Fault: f, Endpoint: "pay", Times: 1})
			req := soon("FAULT1", "USD")
			if _, err := s.wallet.CreatePayment(t.Context(), req); !errors.Is(err, fault.Unknown) {
				t.Errorf("got %v, want unknown", err)
			}
			if got := create(t, s.wallet, req); got.Action == nil {
				t.Errorf("again: got %+v, want an action", got)
			}
		})
	}
}

func TestOddAnswersAreUnderstood(t *testing.T) {
	for _, f := range []simulator.Fault{simulator.AcceptedAsR, simulator.OtherRedirect, simulator.NumberAmounts, simulator.NotifyFirst} {
		s := open(t, "rebell")
		s.provider.Inject(simulator.Rule{Fault: f, Endpoint: "pay", Times: 1})
		if _, err := s.wallet.CreatePayment(t.Context(), soon("ODD1", "EUR")); err != nil {
			t.Errorf("%s: got %v, want no error", f, err)
		}
	}
}

func TestAnUnsignedAnswerCountsOnlyWhereTheProfileSaysSo(t *testing.T) {
	for policy, want := range map[miniprogram.Policy]bool{miniprogram.Required: false, miniprogram.IfPresent: true, miniprogram.Off: true} {
		s := open(t, "superqi", func(c *miniprogram.Config, _ *simulator.Config) { c.Overrides.VerifyAnswer = &policy })
		s.provider.Inject(simulator.Rule{Fault: simulator.UnsignedAnswer, Times: 1})
		if _, err := s.wallet.CreatePayment(t.Context(), soon("POLICY1", "IQD")); (err == nil) != want {
			t.Errorf("%s, unsigned: got %v", policy, err)
		}
		s.provider.Inject(simulator.Rule{Fault: simulator.ForgedAnswer, Times: 1})
		if _, err := s.wallet.CreatePayment(t.Context(), soon("POLICY2", "IQD")); (err == nil) != (policy == miniprogram.Off) {
			t.Errorf("%s, forged: got %v", policy, err)
		}
	}
}

func TestAWalletThatHasSignedAnAnswerMustSignFromThenOn(t *testing.T) {
	ifPresent := miniprogram.IfPresent
	s := open(t, "superqi", func(c *miniprogram.Config, _ *simulator.Config) { c.Overrides.VerifyAnswer = &ifPresent })
	for i, step := range []struct {
		fault simulator.Fault
		want  bool
	}{{simulator.UnsignedAnswer, true}, {"", true}, {simulator.UnsignedAnswer, false}, {"", true}} {
		if step.fault != "" {
			s.provider.Inject(simulator.Rule{Fault: step.fault, Times: 1})
		}
		_, err := s.wallet.CreatePayment(t.Context(), soon(fmt.Sprintf("SIGNS%d", i), "IQD"))
		if (err == nil) != step.want || err != nil && fault.KindOf(err) != fault.Unknown {
			t.Errorf("answer %d, %q: got %v, want it believed: %v", i, step.fault, err, step.want)
		}
	}
}

func TestTheLogHoldsTheClaimOfAnUnsignedAnswer(t *testing.T) {
	far := &wire{body: `{"result":{"resultStatus":"F","resultCode":"INVALID_CLIENT","resultMessage":"x"}}`}
	w := openWallet(t, settings(t, "generic-v2", "https://wallet.example"), wallet.Env{HTTP: clientOf(far)})
	_, err := w.CreatePayment(t.Context(), request("R1", "USD"))
	if f := fault.Of(err); f.Kind != fault.Unknown || f.Code != "" || !strings.Contains(err.Error(), "INVALID_CLIENT") {
		t.Errorf("got %v, want unknown with the claim in its text and not as its code", err)
	}
}

func TestClocksThatDifferAreNoticedUnlessTheyAreNotChecked(t *testing.T) {
	off := func() time.Time { return time.Now().Add(-6 * time.Minute) }
	for check, want := range map[bool]fault.Kind{true: fault.Unknown, false: fault.Unavailable} {
		s := open(t, "generic-v2", func(c *miniprogram.Config, far *simulator.Config) { c.Overrides.CheckTime = new(check) })
		w := openWallet(t, s.settings, wallet.Env{Now: off})
		// The provider refuses our time in an answer whose own time is as far off for us.
		_, err := w.CreatePayment(t.Context(), soon("CLOCK1", "USD"))
		if got := fault.KindOf(err); got != want {
			t.Errorf("checked %v: got %v, want %s", check, err, want)
		}
	}
}

func TestWhatAProfileLacksIsUnsupported(t *testing.T) {
	s, far := watched(t, "gcash")
	w := s.wallet.(*miniprogram.Wallet)
	hold, agreed := soon("LACK1", "PHP"), soon("LACK2", "PHP")
	hold.Hold, agreed.Agreement = true, "281"
	for name, call := range map[string]func(context.Context) error{
		"hold":      func(ctx context.Context) error { _, err := w.CreatePayment(ctx, hold); return err },
		"agreement": func(ctx context.Context) error { _, err := w.CreatePayment(ctx, agreed); return err },
		"capture": func(ctx context.Context) error {
			_, err := w.Capture(ctx, wallet.CaptureRequest{RequestID: "C", Payment: wallet.Ref{RequestID: "R"}, Amount: hold.Amount})
			return err
		},
		"void": func(ctx context.Context) error {
			_, err := w.Void(ctx, wallet.VoidRequest{RequestID: "V", Payment: wallet.Ref{RequestID: "R"}})
			return err
		},
		"prepare": func(ctx context.Context) error {
			_, err := w.PrepareAgreement(ctx, wallet.AgreementRequest{Reference: "AG1"})
			return err
		},
		"sign":  func(ctx context.Context) error { _, err := w.SignAgreement(ctx, "c"); return err },
		"renew": func(ctx context.Context) error { _, err := w.RenewAgreement(ctx, wallet.Agreement{}); return err },
		"end":   func(ctx context.Context) error { return w.EndAgreement(ctx, wallet.Agreement{}) },
	} {
		if err := call(t.Context()); !errors.Is(err, fault.Unsupported) {
			t.Errorf("%s: got %v, want unsupported", name, err)
		}
	}
	if got := far.names(); got != "" {
		t.Errorf("the wallet was called: %s", got)
	}
}

func TestWhatTheWalletCannotTakeIsInvalid(t *testing.T) {
	s, far := watched(t, "superqi")
	for name, spoil := range map[string]func(*wallet.PaymentRequest){
		"another currency": func(r *wallet.PaymentRequest) { r.Amount.Currency = "USD" },
		"seventeen digits": func(r *wallet.PaymentRequest) { r.Amount.Minor = 10_000_000_000_000_000 },
		"an unknown payer": func(r *wallet.PaymentRequest) { r.Payer = wallet.Payer{} },
	} {
		req := soon("TAKE1", "IQD")
		spoil(&req)
		if _, err := s.wallet.CreatePayment(t.Context(), req); !errors.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
	if got := far.names(); got != "" {
		t.Errorf("the wallet was called: %s", got)
	}
}

func TestARefundInProcessIsPending(t *testing.T) {
	s := open(t, "generic-v2", func(_ *miniprogram.Config, far *simulator.Config) { far.AsyncRefunds = true })
	payment := create(t, s.wallet, soon("BACK1", "USD"))
	if err := s.provider.Settle("BACK1", "pay"); err != nil {
		t.Fatal(err)
	}
	req := wallet.RefundRequest{RequestID: "BACK1R1", Payment: payment.Ref, Amount: wallet.Money{Minor: 400, Currency: "USD"}}
	got, err := s.wallet.(wallet.Refunder).Refund(t.Context(), req)
	if err != nil || got.Status != wallet.RefundPending || got.Amount != req.Amount {
		t.Errorf("got %+v and %v, want pending", got, err)
	}
}

func TestAnExpiryIsSentWithinWhatTheWalletTakes(t *testing.T) {
	s, far := watched(t, "ams")
	create(t, s.wallet, soon(ulid.Make().String()+"P1", "USD"))
	if body := string(far.all[0].Body); !strings.Contains(body, `"paymentExpiryTime":"`) {
		t.Errorf("got %s, want an expiry", body)
	}
	create(t, s.wallet, soon("PAY-1", "USD")) // whose creation time is not known
	if body := string(far.all[1].Body); strings.Contains(body, "paymentExpiryTime") {
		t.Errorf("got %s, want no expiry", body)
	}
}

func TestTheWalletsKeysAreChangedWithOverlap(t *testing.T) {
	two := func(c *miniprogram.Config, far *simulator.Config) {
		old := miniprogram.WalletKey{Version: new(1), Key: testdata.Key(t, "redotpay_test_public.b64")}
		c.WalletKeys = []miniprogram.WalletKey{old, {Version: new(2), Key: pem(t, "wallet_public")}}
		far.KeyVersion = 2
	}
	create(t, open(t, "generic-v2", two).wallet, soon("KEYS1", "USD"))
	unknown := func(_ *miniprogram.Config, far *simulator.Config) { far.KeyVersion = 3 }
	if _, err := open(t, "generic-v2", two, unknown).wallet.CreatePayment(t.Context(), soon("KEYS2", "USD")); !errors.Is(err, fault.Unknown) {
		t.Errorf("an unknown version: got %v, want unknown", err)
	}
}

func TestOurOwnKeyHasAVersion(t *testing.T) {
	s := open(t, "generic-v2", func(c *miniprogram.Config, far *simulator.Config) {
		c.KeyVersion = new(0)
		far.ClientKeys = map[int]string{0: pem(t, "client_public"), 7: pem(t, "wallet_public")}
	})
	create(t, s.wallet, soon("OWN1", "USD"))
}

func TestAPaymentInProcessWithAPlaceToPayIsPending(t *testing.T) {
	s := open(t, "ams")
	s.provider.Inject(simulator.Rule{Fault: simulator.AcceptedAsU, Endpoint: "pay", Times: 1})
	p, err := s.wallet.CreatePayment(t.Context(), soon("PROCESS1", "USD"))
	if err != nil || p.Status != wallet.Pending || p.Action == nil || p.Action.PaymentURL == "" {
		t.Errorf("got %+v, %v; want pending with a payment URL", p, err)
	}
}
