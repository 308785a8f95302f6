package direct_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay/direct"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

const (
	merchantCode = "ID00001"
	merchantKey  = "merchant-key-of-the-tests"
	notifyURL    = "https://merchant.example/notify/direct"
)

// secretKey is another one in each process: the dialect's callbacks have no time, and those
// of another process of the fuzzer would be genuine too.
var secretKey = rand.Text()

// settings are complete settings of orders at baseURL.
func settings(baseURL string) direct.Config {
	return direct.Config{
		BaseURL: baseURL, MerchantCode: merchantCode, MerchantKey: signing.NewSecret(merchantKey), Secret: signing.NewSecret(secretKey),
		AmountUnit: "minor", Currencies: []string{"USD"}, ByReference: true,
		Codes: map[string]string{"1001": "refused", "1002": "notFound", "1003": "refused", "2001": "refused", "5000": "unknown"},
	}
}

// stand is the wallet beside its provider, over real HTTP.
type stand struct {
	wallet   wallet.Wallet
	provider *simulator.Provider
	line     *wallettest.Line
	log      *wallettest.Log
	inbox    *wallettest.Inbox
}

func open(tb testing.TB, change ...func(*direct.Config, *simulator.Config)) *stand {
	tb.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	s := &stand{line: wallettest.NewLine(nil), log: new(wallettest.Log), inbox: &wallettest.Inbox{Ack: "SUCCESS"}}
	near := settings(server.URL + "/far")
	far := simulator.Config{
		PublicURL: server.URL + "/far", HTTP: &http.Client{Transport: s.inbox},
		Direct: &simulator.Direct{
			MerchantCode: merchantCode, MerchantKey: signing.NewSecret(merchantKey), Secret: signing.NewSecret(secretKey),
			CardWebhook: notifyURL, PartCaptures: true,
		},
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
	s.wallet, err = near.Open(wallet.Env{Name: "direct", HTTP: s.line.Client(), Log: s.log.Logger(), Now: far.Now})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// farSide lets the suite play the provider.
type farSide struct{ *stand }

func harness(change ...func(*direct.Config, *simulator.Config)) wallettest.Harness {
	return func(tb testing.TB) *wallettest.Subject {
		s := open(tb, change...)
		return &wallettest.Subject{
			Wallet: s.wallet, Provider: farSide{s}, Line: s.line, Log: s.log, Secrets: []string{merchantKey, secretKey}, NotifyURL: notifyURL,
			Currencies: []wallet.Currency{"USD"}, UnsignedAnswers: true, ByPaymentID: true, Declined: wallet.Pending,
		}
	}
}

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
	f.provider.Inject(simulator.Rule{Fault: "refuse_repeat", Endpoint: "create"})
	return nil
}

// SendOutOfRange sends what cannot be represented; the dialect has no times.
func (f farSide) SendOutOfRange(_ context.Context, what wallettest.OutOfRange) error {
	f.provider.Clear()
	if what == wallettest.HugeTime {
		return errors.ErrUnsupported
	}
	f.provider.Inject(simulator.Rule{Fault: "amount_huge"})
	return nil
}

func (f farSide) Sign(_ context.Context, body []byte) (wallet.Delivery, error) {
	signed, err := f.provider.SignCallback(body)
	return wallet.Delivery{
		Method: http.MethodPost, Path: "/notify/direct", Header: http.Header{"Content-Type": {"application/json"}}, Body: signed, ReceivedAt: time.Now(),
	}, err
}
