package payprotocol_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/payprotocol"
	"github.com/minitill/minitill/wallet/payprotocol/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

// stand is a wallet beside its provider, over real HTTP.
type stand struct {
	wallet   *payprotocol.Wallet
	provider *simulator.Provider
	line     *wallettest.Line
	log      *wallettest.Log
	inbox    *wallettest.Inbox
	settings payprotocol.Config
}

// option changes both sides' settings.
type option func(*payprotocol.Config, *simulator.Config)

// stands starts a provider below a prefix, and the wallet that calls it.
func stands(tb testing.TB, options ...option) *stand {
	tb.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	s := &stand{line: wallettest.NewLine(nil), log: new(wallettest.Log), inbox: &wallettest.Inbox{Ack: "success", SignedAt: signedAt}}
	near := payprotocol.Config{
		BaseURL: server.URL + "/far/api/mer", PageURL: server.URL + "/far", APIKey: testKey, APISecret: signing.NewSecret(testSecret), ChainID: 136,
	}
	far := simulator.Config{
		PublicURL: server.URL + "/far", APIKey: testKey, APISecret: signing.NewSecret(testSecret), HTTP: &http.Client{Transport: s.inbox},
	}
	for _, o := range options {
		o(&near, &far)
	}
	provider, err := simulator.New(far)
	if err != nil {
		tb.Fatal(err)
	}
	mux.Handle("/far/", provider)
	s.provider = provider
	s.settings = near
	s.opens(tb, wallet.Env{Name: "payprotocol", HTTP: s.line.Client(), Log: s.log.Logger(), Now: far.Now})
	return s
}

// opens opens the wallet, once more.
func (s *stand) opens(tb testing.TB, env wallet.Env) {
	tb.Helper()
	opened, err := s.settings.Open(env)
	if err != nil {
		tb.Fatal(err)
	}
	s.wallet = opened.(*payprotocol.Wallet)
}

func signedAt(h http.Header) time.Time {
	seconds, _ := strconv.ParseInt(h.Get("X-PAY-TIMESTAMP"), 10, 64)
	return time.Unix(seconds, 0)
}

// harness is how the suite sees a stand.
func harness(options ...option) wallettest.Harness {
	return func(tb testing.TB) *wallettest.Subject {
		s := stands(tb, append([]option{func(_ *payprotocol.Config, far *simulator.Config) { far.RepeatsAgree = true }}, options...)...)
		return &wallettest.Subject{
			Wallet: s.wallet, Provider: farSide{s}, Line: s.line, Log: s.log, Secrets: []string{testSecret},
			Currencies: []wallet.Currency{"USDT", "USD", "JPY", "TRX"}, NotifyURL: "https://merchant.example/notify/wallet?a=b",
			UnsignedAnswers: true, ByRefundID: true, UnknownKind: []byte(`{"rechargeId":1,"rechargeStatus":0,"uuid":"USER1"}`),
			Signed: wallettest.Signed{
				Method: true, Path: true, Tolerance: time.Minute, Past: 15 * time.Minute,
				Headers: []string{"X-PAY-KEY", "X-PAY-TIMESTAMP", "X-PAY-SIGN"},
			},
		}
	}
}

// farSide lets the suite play the provider.
type farSide struct{ *stand }

func (f farSide) Settle(_ context.Context, ref wallet.Ref, outcome wallettest.Outcome) error {
	done := map[wallettest.Outcome]string{wallettest.Pay: simulator.Pay, wallettest.Decline: simulator.Fail}
	return f.provider.Settle(ref.RequestID, done[outcome])
}

func (f farSide) Notifications(ctx context.Context, ref wallet.Ref) ([]wallet.Delivery, error) {
	for f.provider.RunOnce(ctx) > 0 { // of several notifications one waits for the other
	}
	return f.inbox.About(ref.RequestID), nil
}

func (f farSide) Books(_ context.Context, ref wallet.Ref) (wallettest.Books, error) {
	books := f.provider.Books(ref.RequestID)
	out := wallettest.Books{Payments: books.Orders}
	for text, into := range map[string]*wallet.Money{books.Captured: &out.Captured, books.Returned: &out.Refunded} {
		if text == "" || text == "0" {
			continue
		}
		var err error
		if *into, err = wallet.ParseDecimalLax(wallet.Currency(books.Price), text); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (f farSide) RefuseNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: "refused", Endpoint: "payment/createPaymentOrder", Times: 1})
	return nil
}

func (f farSide) LimitNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: "traffic_limit", Times: 1})
	return nil
}

func (f farSide) UnknownOutcomeNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: "unknown_outcome", Endpoint: "payment/createPaymentOrder", Times: 1})
	return nil
}

func (f farSide) RefuseRepeats(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: "refuse_repeat"})
	return nil
}

func (f farSide) SendOutOfRange(_ context.Context, what wallettest.OutOfRange) error {
	injected := map[wallettest.OutOfRange]simulator.Fault{wallettest.HugeAmount: "amount_huge", wallettest.HugeTime: "time_huge"}
	f.provider.Clear()
	f.provider.Inject(simulator.Rule{Fault: injected[what]}, simulator.Rule{Fault: injected[what], Endpoint: simulator.Notify})
	return nil
}

// DecideRefund is the operator's decision about a refund.
func (f farSide) DecideRefund(_ context.Context, ref wallet.RefundRef, approve bool) error {
	return f.provider.DecideRefund(ref.RefundID, simulator.Verdict{Approve: approve})
}

func (f farSide) Sign(_ context.Context, body []byte) (wallet.Delivery, error) {
	const path = "/notify/wallet?a=b"
	h := f.provider.Sign(path, body)
	return wallet.Delivery{Method: http.MethodPost, Path: path, Header: h, Body: body, ReceivedAt: signedAt(h)}, nil
}

func TestConformance(t *testing.T) { wallettest.Run(t, harness()) }

func TestConformanceByAddress(t *testing.T) {
	wallettest.Run(t, harness(func(near *payprotocol.Config, _ *simulator.Config) {
		near.Action, near.Methods = "address", []string{"136-2", "56-8"}
		near.Contracts = []payprotocol.Contract{
			{ChainID: 136, Kind: "tron", Factory: simulator.Factory, InitCodeHash: simulator.InitCodeHash},
			{ChainID: 56, Kind: "evm", Factory: simulator.Factory, InitCodeHash: simulator.InitCodeHash},
		}
	}))
}

// TestConformanceOn18Decimals runs the suite on a chain where every amount has twelve or
// nine digits more than ours, beside a provider that refuses signatures in the body.
func TestConformanceOn18Decimals(t *testing.T) {
	on := func(near *payprotocol.Config, far *simulator.Config) { near.ChainID, far.RefuseInBody = 56, true }
	wallettest.Run(t, func(tb testing.TB) *wallettest.Subject {
		s := harness(on)(tb)
		s.Currencies, s.Amounts = []wallet.Currency{"USDT", "BNB", "EUR"}, []int64{1, 10, 105, 123456, 9_000_000_000_000_000_000}
		return s
	})
}

func FuzzNotification(f *testing.F) { wallettest.Fuzz(f, harness()) }

func FuzzAnswer(f *testing.F) {
	w, _ := answering(f, nil)
	for _, seed := range []string{
		ok(orderC3()), ok(orderC3("paymentStatus:3")), ok(orderC3("paymentStatus:null")), ok(orderC3(onBSC("1", "2")...)),
		ok(refundC3("33", "0", "4000")), listOf(refundC3("33", "0", "4000")), `{"code":404,"msg":"not found"}`, `{`,
	} {
		f.Add(200, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		p, err := w.ReadPayment(t.Context(), status, body)
		if err != nil && p.Status != "" {
			t.Errorf("got %+v beside %v", p, err)
		}
		credits := p.Status == wallet.Paid && !p.Short
		if credits && statusOf(body) != "0" && statusOf(body) != "5" {
			t.Errorf("credited with the status %q", statusOf(body))
		}
		_, _, _ = w.ReadRefund(status, body)
	})
}

// statusOf is a payment's status as an answer has it.
func statusOf(body []byte) string {
	var answer, data map[string]json.RawMessage
	_ = json.Unmarshal(body, &answer)
	_ = json.Unmarshal(answer["data"], &data)
	return string(data["paymentStatus"])
}
