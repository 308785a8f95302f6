package sandbox_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

const (
	testKeyID = "sandbox-2025"
	testKey   = "T7qd-Zk9p.uE3xVb2rYw8Lm" // #nosec: it opens nothing
)

// stand is the sandbox wallet beside its provider, over real HTTP.
type stand struct {
	wallet   *sandbox.Wallet
	provider *simulator.Provider
	line     *wallettest.Line
	log      *wallettest.Log
	inbox    *wallettest.Inbox
	url      string
	batches  bool // Batch was called
}

// open starts a provider below a prefix, and the wallet that calls it.
func open(tb testing.TB, configure ...func(*simulator.Config)) *stand {
	tb.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	s := &stand{line: wallettest.NewLine(nil), log: new(wallettest.Log), inbox: &wallettest.Inbox{Ack: `{"code":"OK"}`, SignedAt: signedAt}, url: server.URL + "/sandbox"}
	cfg := simulator.Config{
		PublicURL: s.url, KeyID: testKeyID, Key: signing.NewSecret(testKey), HTTP: &http.Client{Transport: s.inbox},
	}
	for _, c := range configure {
		c(&cfg)
	}
	provider, err := simulator.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = provider.Close() })
	mux.Handle("/sandbox/", provider)
	s.provider = provider
	s.wallet = openWallet(tb, s.url, wallet.Env{Name: "sandbox", HTTP: s.line.Client(), Log: s.log.Logger(), Now: cfg.Now})
	return s
}

func openWallet(tb testing.TB, baseURL string, env wallet.Env) *sandbox.Wallet {
	tb.Helper()
	w, err := sandbox.Config{BaseURL: baseURL, KeyID: testKeyID, Key: signing.NewSecret(testKey)}.Open(env)
	if err != nil {
		tb.Fatal(err)
	}
	return w.(*sandbox.Wallet)
}

func signedAt(h http.Header) time.Time {
	var millis int64
	_ = json.Unmarshal([]byte(h.Get("Sandbox-Timestamp")), &millis)
	return time.UnixMilli(millis)
}

// shifted is the machine's clock, moved ahead as the suite requires.
type shifted struct{ ahead atomic.Int64 }

func (c *shifted) Now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *shifted) Advance(d time.Duration) { c.ahead.Add(int64(d)) }

// harness is how the suite sees a stand.
func harness(configure ...func(*simulator.Config)) wallettest.Harness {
	return func(tb testing.TB) *wallettest.Subject {
		clock := new(shifted)
		s := open(tb, append([]func(*simulator.Config){func(c *simulator.Config) { c.Now = clock.Now }}, configure...)...)
		return &wallettest.Subject{
			Now: clock.Now, Advance: clock.Advance,
			Wallet: s.wallet, Provider: farSide{s, clock}, Line: s.line, Log: s.log, Secrets: []string{testKey},
			Hold: true, Expires: true, ByPaymentID: true, ByRefundID: true,
			UnknownKind: []byte(`{"eventId":"se_9_9","type":"dispute","dispute":{"id":"sd_1"}}`),
			Signed: wallettest.Signed{
				Method: true, Path: true, Tolerance: 5 * time.Minute,
				Headers: []string{"Sandbox-Key", "Sandbox-Timestamp", "Sandbox-Signature"},
			},
		}
	}
}

// farSide lets the suite play the provider.
type farSide struct {
	*stand
	clock *shifted
}

// batching is how long the provider waits for events to send together: each is parked at a time of
// its own, so none is due in the run that parks it.
const batching = time.Second

func (f farSide) Settle(_ context.Context, ref wallet.Ref, outcome wallettest.Outcome) error {
	return f.provider.Settle(ref.RequestID, string(outcome))
}

func (f farSide) Notifications(ctx context.Context, ref wallet.Ref) ([]wallet.Delivery, error) {
	f.provider.RunOnce(ctx)
	if f.batches {
		f.clock.Advance(batching)
		f.provider.RunOnce(ctx)
	}
	var about []wallet.Delivery
	for _, d := range f.inbox.All() {
		if strings.Contains(string(d.Body), `"requestId":"`+ref.RequestID+`"`) {
			about = append(about, d)
		}
	}
	return about, nil
}

func (f farSide) Books(_ context.Context, ref wallet.Ref) (wallettest.Books, error) {
	var books wallettest.Books
	for _, p := range f.provider.Payments() {
		if p.RequestID == ref.RequestID {
			books = wallettest.Books{Payments: books.Payments + 1, Captured: p.Captured, Refunded: p.Refunded}
		}
	}
	return books, nil
}

func (f farSide) RefuseNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: simulator.Refused, Times: 1})
	return nil
}

func (f farSide) LimitNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: simulator.TrafficLimit, Times: 1})
	return nil
}

func (f farSide) UnknownOutcomeNext(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: simulator.UnknownOutcome, Times: 1})
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

func (f farSide) Batch(context.Context) error {
	f.batches = true
	f.provider.Inject(simulator.Rule{Fault: simulator.BatchEvents, Delay: batching})
	return nil
}

func (f farSide) ChargeAgain(_ context.Context, ref wallet.Ref) error {
	return f.provider.SecondCharge(ref.RequestID)
}

func (f farSide) DecideRefund(_ context.Context, ref wallet.RefundRef, approve bool) error {
	return f.provider.DecideRefund(ref.RequestID, approve)
}

func (f farSide) AuthCode(_ context.Context, user string) (string, error) {
	return f.provider.AuthCode(user), nil
}

func (f farSide) SignAgreement(_ context.Context, action wallet.Action, user string) (string, error) {
	return f.provider.SignAgreement(action.URL, user)
}

// EndAgreement ends the newest agreement: the question has signed one.
func (f farSide) EndAgreement(context.Context, wallet.Token) error {
	all := f.provider.Agreements()
	return f.provider.EndAgreement(all[len(all)-1].Reference)
}

func (f farSide) AgreementNotifications(ctx context.Context, reference string) ([]wallet.Delivery, error) {
	f.provider.RunOnce(ctx)
	var about []wallet.Delivery
	for _, d := range f.inbox.All() {
		if strings.Contains(string(d.Body), `"reference":"`+reference+`"`) {
			about = append(about, d)
		}
	}
	return about, nil
}

func (f farSide) LagQueries(context.Context) error {
	f.provider.Inject(simulator.Rule{Fault: simulator.LagQuery})
	return nil
}

func (f farSide) Sign(ctx context.Context, body []byte) (wallet.Delivery, error) {
	at := time.Now()
	r, err := f.provider.Sign(ctx, "https://merchant.example/notify/sandbox", body, at)
	if err != nil {
		return wallet.Delivery{}, err
	}
	return wallet.Delivery{Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header, Body: body, ReceivedAt: at}, nil
}
