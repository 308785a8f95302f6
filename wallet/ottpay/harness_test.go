package ottpay_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay"
	"github.com/minitill/minitill/wallet/ottpay/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

const (
	testKey    = "5A17C0DE93B2E4F6"
	testAppKey = "0123456789abcdef0123456789abcdef"
)

// settings are complete settings of a generation.
func settings(generation, baseURL string) ottpay.Config {
	c := ottpay.Config{
		Generation: generation, BaseURL: baseURL, MerchantID: "ON00009999", SignKey: signing.NewSecret(testKey), Currency: "CAD",
	}
	if generation == "rest" {
		c.Method, c.Methods = "ALIPAY_WAP", []string{"WECHATPAY_QR", "WECHATPAY_JSAPI", "WECHATPAY_H5", "ALIPAY_WEB", "ALIPAY_INAPP"}
		c.AppID, c.AppKey, c.InAppUserID = "ON00009999", signing.NewSecret(testAppKey), "2088"
		return c
	}
	c.ShopID, c.OperatorID = "ON00009999001", "0000009001"
	return c
}

// stand is a wallet beside its provider, over real HTTP.
type stand struct {
	wallet   wallet.Wallet
	provider *simulator.Provider
	line     *wallettest.Line
	log      *wallettest.Log
	inbox    *wallettest.Inbox
	settings ottpay.Config
	base     string
}

type change func(*ottpay.Config, *simulator.Config)

// open starts a provider below a prefix, and the wallet that calls it.
func open(tb testing.TB, generation string, changes ...change) *stand {
	tb.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	s := &stand{line: wallettest.NewLine(nil), log: new(wallettest.Log), inbox: &wallettest.Inbox{Ack: "SUCCESS"}, base: server.URL + "/far"}
	address := s.base + "/processV2"
	if generation == "rest" {
		address = s.base
	}
	s.settings = settings(generation, address)
	far := simulator.Config{
		PublicURL: s.base, MerchantID: "ON00009999", ShopID: "ON00009999001", OperatorID: "0000009001", SignKey: signing.NewSecret(testKey),
		Currency: "CAD", AppID: "ON00009999", AppKey: signing.NewSecret(testAppKey), HTTP: &http.Client{Transport: s.inbox},
	}
	for _, change := range changes {
		change(&s.settings, &far)
	}
	provider, err := simulator.New(far)
	if err != nil {
		tb.Fatal(err)
	}
	mux.Handle("/far/", provider)
	s.provider = provider
	s.wallet, err = s.settings.Open(wallet.Env{Name: generation, HTTP: s.line.Client(), Log: s.log.Logger(), Now: far.Now})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// harness is how the suite sees a stand.
func harness(generation string, changes ...change) wallettest.Harness {
	return func(tb testing.TB) *wallettest.Subject {
		s := open(tb, generation, changes...)
		if generation == "rest" { // its token is there, so that the suite's troubles hit its calls
			_, _ = s.wallet.(wallet.Querier).QueryPayment(tb.Context(), wallet.Ref{RequestID: "0"})
		}
		return &wallettest.Subject{
			Wallet: s.wallet, Provider: farSide{s}, Line: s.line, Log: s.log, Secrets: []string{testKey, testAppKey},
			Currencies: []wallet.Currency{"CAD"}, NotifyURL: "https://merchant.example/notify/wallet",
			UnsignedAnswers: generation == "rest", ByPaymentID: false, ByRefundID: true, ByBooks: generation == "rest", BeforeRefund: 1,
			Signed: wallettest.Signed{Body: sealedPart},
		}
	}
}

// sealedPart is the range of data and digest in an envelope.
func sealedPart(body []byte) (from, to int) {
	from = bytes.Index(body, []byte(`"data":"`)) + len(`"data":"`)
	to = bytes.LastIndex(body, []byte(`"`))
	return from, to
}

// farSide lets the suite play the provider.
type farSide struct{ *stand }

func (f farSide) Settle(_ context.Context, ref wallet.Ref, outcome wallettest.Outcome) error {
	return f.provider.Settle(ref.RequestID, string(outcome))
}

func (f farSide) Notifications(ctx context.Context, ref wallet.Ref) ([]wallet.Delivery, error) {
	for f.provider.RunOnce(ctx) > 0 {
	}
	var about []wallet.Delivery
	for _, d := range f.inbox.All() {
		n, err := f.wallet.(wallet.Notifier).ParseNotification(ctx, d)
		if err == nil && len(n.Events) == 1 && n.Events[0].Payment.RequestID == ref.RequestID {
			about = append(about, d)
		}
	}
	return about, nil
}

func (f farSide) Books(_ context.Context, ref wallet.Ref) (wallettest.Books, error) {
	b := f.provider.Books(ref.RequestID)
	cad := func(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "CAD"} }
	return wallettest.Books{Payments: b.Payments, Captured: cad(b.Captured), Refunded: cad(b.Refunded)}, nil
}

func (f farSide) endpoint() string {
	if f.settings.Generation == "rest" {
		return "/api/v1/pay/alipay/wap-pay"
	}
	return "PREPAY_INIT"
}

func (f farSide) RefuseNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: "refused", Endpoint: f.endpoint(), Times: 1})
	return nil
}

func (f farSide) UnknownOutcomeNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: "unknown_outcome", Endpoint: f.endpoint(), Times: 1})
	return nil
}

func (f farSide) RefuseRepeats(context.Context) error {
	if f.settings.Generation == "rest" {
		return errors.ErrUnsupported
	}
	f.provider.Inject(simulator.Rule{Fault: "refuse_repeat"})
	return nil
}

// SendOutOfRange sends amounts only: a time of the provider has four digits for its year.
func (f farSide) SendOutOfRange(_ context.Context, what wallettest.OutOfRange) error {
	if what != wallettest.HugeAmount {
		return errors.ErrUnsupported
	}
	f.provider.Clear()
	f.provider.Inject(simulator.Rule{Fault: "amount_huge"})
	return nil
}

func (f farSide) ChargeAgain(_ context.Context, ref wallet.Ref) error {
	return f.provider.SecondCharge(ref.RequestID)
}

// DecideRefund ends a refund that waits. One that ended by itself can be approved.
func (f farSide) DecideRefund(_ context.Context, ref wallet.RefundRef, approve bool) error {
	for _, id := range []string{ref.RequestID, ref.RefundID} {
		if id != "" && f.provider.DecideRefund(id, approve) == nil {
			return nil
		}
	}
	if approve {
		return nil
	}
	return errors.ErrUnsupported
}

func (f farSide) Sign(_ context.Context, body []byte) (wallet.Delivery, error) {
	m := f.provider.Sign(body)
	return wallet.Delivery{Method: http.MethodPost, Path: "/notify/wallet", Header: m.Header, Body: m.Body, ReceivedAt: time.Now()}, nil
}
