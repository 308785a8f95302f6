package redotpay_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

const notifyURL = "https://merchant.example/notify/redotpay"

// stand is the wallet beside its provider, over real HTTP.
type stand struct {
	wallet   wallet.Wallet
	provider *simulator.Provider
	line     *wallettest.Line
	log      *wallettest.Log
	inbox    *wallettest.Inbox
}

// open starts a provider below a prefix, and the wallet that calls it.
func open(tb testing.TB, change ...func(*redotpay.Config, *simulator.Config)) *stand {
	tb.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	s := &stand{line: wallettest.NewLine(nil), log: new(wallettest.Log), inbox: &wallettest.Inbox{Ack: `{"code":"SUCCESS","requestId":"1"}`, SignedAt: signedAt}}
	near := settings(tb, server.URL+"/far")
	near.Currencies = []string{"USD", "JPY", "KWD"}
	far := simulator.Config{
		PublicURL: server.URL + "/far", AppKey: testAppKey, MerchantKeys: map[int]string{1: testdata.Key(tb, "client_public.pem")},
		Key: signing.NewSecret(testdata.Key(tb, "wallet_private.pem")), NotifyURL: notifyURL, ManualRefunds: true,
		Currencies: []wallet.Currency{"USD", "JPY", "KWD"}, HTTP: &http.Client{Transport: s.inbox},
	}
	for _, c := range change {
		c(&near, &far)
	}
	provider, err := simulator.New(far)
	if err != nil {
		tb.Fatal(err)
	}
	mux.Handle("/far/", provider)
	s.provider = provider
	s.wallet, err = near.Open(wallet.Env{Name: "redotpay", HTTP: s.line.Client(), Log: s.log.Logger(), Now: far.Now})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func signedAt(h http.Header) time.Time {
	millis, _ := strconv.ParseInt(h.Get("X-R-Ts"), 10, 64)
	return time.UnixMilli(millis)
}

// harness is how the suite sees a stand.
func harness(change ...func(*redotpay.Config, *simulator.Config)) wallettest.Harness {
	return func(tb testing.TB) *wallettest.Subject {
		s := open(tb, change...)
		return &wallettest.Subject{
			Wallet: s.wallet, Provider: farSide{s}, Line: s.line, Log: s.log, Secrets: secrets(tb), NotifyURL: notifyURL,
			UnsignedAnswers: true, ByPaymentID: true, Declined: wallet.Pending,
			UnknownKind: []byte(`{"actionType":"ACQUIRER_WEATHER","outerOrder":"ORD123456","orderStatus":2,"orderAmount":1,"orderCurrency":"USD"}`),
			Signed: wallettest.Signed{
				Tolerance: 5 * time.Minute, Past: 15 * time.Minute, Headers: []string{"X-R-Ts", "X-R-Key-Version", "X-R-Signature"},
			},
		}
	}
}

// secrets are pieces of the private key that must be printed nowhere.
func secrets(tb testing.TB) []string {
	lines := strings.Split(testdata.Key(tb, "client_private.pem"), "\n")
	return []string{lines[1], lines[len(lines)/2]}
}

// farSide lets the suite play the provider.
type farSide struct{ *stand }

func (f farSide) Settle(_ context.Context, ref wallet.Ref, outcome wallettest.Outcome) error {
	return f.provider.Settle(ref.RequestID, string(outcome))
}

func (f farSide) Notifications(ctx context.Context, ref wallet.Ref) ([]wallet.Delivery, error) {
	f.provider.RunOnce(ctx)
	return f.inbox.About(ref.RequestID), nil
}

func (f farSide) Books(_ context.Context, ref wallet.Ref) (wallettest.Books, error) {
	books := f.provider.Books(ref.RequestID)
	return wallettest.Books{Payments: books.Orders, Captured: books.Captured, Refunded: books.Refunded}, nil
}

func (f farSide) RefuseNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: "refused", Endpoint: "create", Times: 1})
	return nil
}

func (f farSide) LimitNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: "traffic_limit", Endpoint: "create", Times: 1})
	return nil
}

func (f farSide) UnknownOutcomeNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: "unknown_outcome", Endpoint: "create", Times: 1})
	return nil
}

func (f farSide) RefuseRepeats(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: "refuse_repeat"})
	return nil
}

func (f farSide) SendOutOfRange(_ context.Context, what wallettest.OutOfRange) error {
	f.provider.Clear()
	reported := map[wallettest.OutOfRange]simulator.Fault{wallettest.HugeAmount: "amount_huge", wallettest.HugeTime: "time_huge"}
	f.provider.Inject(simulator.Rule{Fault: reported[what]})
	return nil
}

func (f farSide) Rename(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: "change_id"})
	return nil
}

func (f farSide) DecideRefund(_ context.Context, ref wallet.RefundRef, approve bool) error {
	return f.provider.DecideRefund(ref.RequestID, approve)
}

func (f farSide) Sign(_ context.Context, body []byte) (wallet.Delivery, error) {
	h, err := f.provider.Sign(body)
	return wallet.Delivery{Method: http.MethodPost, Path: "/notify/redotpay", Header: h, Body: body, ReceivedAt: signedAt(h)}, err
}
