package miniprogram_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

const (
	testClient  = "TEST_5X00000000000000"
	testApp     = "3333010071465913001"
	testAuth    = "AUTH_5X00000000000000"
	testPartner = "P0000000000000000001"
	testProduct = "51051000101000000011"
)

// pem reads one of the keys that all vectors are made with.
func pem(tb testing.TB, name string) string {
	tb.Helper()
	return testdata.Key(tb, name+".pem")
}

// settings are complete settings of a profile.
func settings(tb testing.TB, profile, baseURL string) miniprogram.Config {
	tb.Helper()
	c := miniprogram.Config{
		Profile: profile, BaseURL: baseURL, ClientID: testClient,
		PrivateKey: signing.NewSecret(pem(tb, "client_private")),
		WalletKeys: []miniprogram.WalletKey{{Key: pem(tb, "wallet_public")}},
		AppID:      testApp, AuthClientID: testAuth, PartnerID: testPartner,
	}
	if profile == "rebell" {
		c.ProductCode, c.AgreementProductCode = testProduct, "51051000101000100031"
	}
	return c
}

func openWallet(tb testing.TB, c miniprogram.Config, env wallet.Env) *miniprogram.Wallet {
	tb.Helper()
	w, err := c.Open(env)
	if err != nil {
		tb.Fatal(err)
	}
	return w.(*miniprogram.Wallet)
}

// stand is a wallet beside its provider, over real HTTP.
type stand struct {
	wallet   wallet.Wallet
	provider *simulator.Provider
	line     *wallettest.Line
	log      *wallettest.Log
	inbox    *wallettest.Inbox
	settings miniprogram.Config
}

// open starts a provider below a prefix, and the wallet that calls it.
func open(tb testing.TB, profile string, change ...func(*miniprogram.Config, *simulator.Config)) *stand {
	tb.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	s := &stand{line: wallettest.NewLine(nil), log: new(wallettest.Log), inbox: inboxOf()}
	s.settings = settings(tb, profile, server.URL+"/far")
	far := simulator.Config{
		PublicURL: server.URL + "/far", Profile: profile, ClientID: testClient,
		ClientKeys: map[int]string{1: pem(tb, "client_public")}, Key: signing.NewSecret(pem(tb, "wallet_private")),
		AppID: testApp, AuthClientID: testAuth, PartnerID: testPartner, HTTP: &http.Client{Transport: s.inbox},
	}
	for _, c := range change {
		c(&s.settings, &far)
	}
	provider, err := simulator.New(far)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = provider.Close() })
	mux.Handle("/far/", provider)
	s.provider = provider
	s.wallet, err = s.settings.Open(wallet.Env{Name: profile, HTTP: s.line.Client(), Log: s.log.Logger(), Now: far.Now})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// inboxOf is the merchant's end of notifications.
func inboxOf() *wallettest.Inbox {
	return &wallettest.Inbox{Ack: `{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`, SignedAt: signedAt}
}

func signedAt(h http.Header) time.Time {
	t, _ := miniprogram.ParseTime(h.Get("Request-Time"))
	return t
}

// currencies are those that a profile pays in.
func currencies(profile string) []wallet.Currency {
	if own := miniprogram.Table()[profile].Currencies; own != "" {
		return []wallet.Currency{wallet.Currency(own)}
	}
	return []wallet.Currency{"USD", "JPY", "KWD"}
}

// shifted is the machine's clock, moved ahead as the suite requires.
type shifted struct{ ahead atomic.Int64 }

func (c *shifted) Now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *shifted) Advance(d time.Duration) { c.ahead.Add(int64(d)) }

// harness is how the suite sees a stand.
func harness(profile string, change ...func(*miniprogram.Config, *simulator.Config)) wallettest.Harness {
	return func(tb testing.TB) *wallettest.Subject {
		clock := new(shifted)
		onClock := func(_ *miniprogram.Config, far *simulator.Config) { far.Now = clock.Now }
		s := open(tb, profile, append([]func(*miniprogram.Config, *simulator.Config){onClock}, change...)...)
		row := miniprogram.Table()[profile]
		return &wallettest.Subject{
			Now: clock.Now, Advance: clock.Advance,
			Wallet: s.wallet, Provider: farSide{s}, Line: s.line, Log: s.log, Secrets: secrets(tb),
			Currencies: currencies(profile), NotifyURL: "https://merchant.example/notify/wallet",
			UnsignedAnswers: row.VerifyAnswer != miniprogram.Required, Hold: row.CanHold,
			Expires: true, ByPaymentID: true, ByRefundID: true,
			UnknownKind: []byte(`{"notifyType":"WEATHER","eventType":"WEATHER","paymentId":"1"}`),
			Signed: wallettest.Signed{
				Method: true, Path: true, Tolerance: 5 * time.Minute, Headers: []string{"Request-Time", "Signature"},
			},
		}
	}
}

// secrets are pieces of the private key that must be printed nowhere.
func secrets(tb testing.TB) []string {
	lines := strings.Split(pem(tb, "client_private"), "\n")
	return []string{lines[1], lines[len(lines)/2]}
}

// farSide lets the suite play the provider.
type farSide struct{ *stand }

func (f farSide) Settle(_ context.Context, ref wallet.Ref, outcome wallettest.Outcome) error {
	return f.provider.Settle(ref.RequestID, string(outcome))
}

func (f farSide) Notifications(ctx context.Context, ref wallet.Ref) ([]wallet.Delivery, error) {
	for f.provider.RunOnce(ctx) > 0 { // of several notifications one waits for the other
	}
	return f.inbox.About(ref.RequestID), nil
}

// Books take what canceling refunded as not captured: nothing of it remains.
func (f farSide) Books(_ context.Context, ref wallet.Ref) (wallettest.Books, error) {
	books := f.provider.Books(ref.RequestID)
	if books.Status == "CANCELED" {
		books.Captured.Minor = 0
	}
	return wallettest.Books{Payments: books.Payments, Captured: books.Captured, Refunded: books.Refunded}, nil
}

func (f farSide) RefuseNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: simulator.Refused, Endpoint: "pay", Times: 1})
	return nil
}

func (f farSide) LimitNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: simulator.LimitFailed, Times: 1})
	return nil
}

func (f farSide) UnknownOutcomeNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: simulator.UnknownOutcome, Endpoint: "pay", Times: 1})
	return nil
}

func (f farSide) RefuseRepeats(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: simulator.RefuseRepeat})
	return nil
}

func (f farSide) SendOutOfRange(_ context.Context, what wallettest.OutOfRange) error {
	f.provider.Clear()
	reported := map[wallettest.OutOfRange]simulator.Fault{
		wallettest.HugeAmount: simulator.AmountHuge, wallettest.HugeTime: simulator.TimeHuge,
	}
	f.provider.Inject(simulator.Rule{Fault: reported[what]})
	return nil
}

func (f farSide) Rename(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: simulator.ChangeID})
	return nil
}

func (f farSide) ChargeAgain(_ context.Context, ref wallet.Ref) error {
	return f.provider.SecondCharge(ref.RequestID)
}

// DecideRefund ends a refund where a person must.
func (f farSide) DecideRefund(_ context.Context, ref wallet.RefundRef, approve bool) error {
	err := f.provider.DecideRefund(ref.RequestID, approve)
	if errors.Is(err, simulator.ErrNoRefund) {
		return errors.ErrUnsupported
	}
	return err
}

func (f farSide) AuthCode(_ context.Context, user string) (string, error) {
	return f.provider.AuthCode(user), nil
}

// SignAgreement signs at the URL that prepare answered.
func (f farSide) SignAgreement(_ context.Context, action wallet.Action, user string) (string, error) {
	return f.provider.SigningCode(action.URL, user)
}

func (f farSide) EndAgreement(_ context.Context, token wallet.Token) error {
	return f.provider.EndAgreement(string(token))
}

// AgreementNotifications are all that name no payment: the question opens none before it
// starts. Where prepare carries no address for them there are none.
func (f farSide) AgreementNotifications(ctx context.Context, _ string) ([]wallet.Delivery, error) {
	if !miniprogram.Table()[f.settings.Profile].AgreementTerms {
		return nil, errors.ErrUnsupported
	}
	for f.provider.RunOnce(ctx) > 0 { // of several notifications one waits for the other
	}
	return f.inbox.All(), nil
}

func (f farSide) LagQueries(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: simulator.LagQuery})
	return nil
}

func (f farSide) Sign(_ context.Context, body []byte) (wallet.Delivery, error) {
	const path = "/notify/wallet"
	h := f.provider.Sign(path, body)
	return wallet.Delivery{Method: http.MethodPost, Path: path, Header: h, Body: body, ReceivedAt: signedAt(h)}, nil
}
