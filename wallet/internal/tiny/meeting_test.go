package tiny_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/examples/tinypay"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// meeting is the smallest adapter beside the smallest simulator, which share no code.
type meeting struct {
	testing.TB
	*Simulator
	wallet   wallet.Wallet
	received []wallet.Payment
}

func meet(t *testing.T) *meeting {
	t.Helper()
	m := &meeting{TB: t}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	var err error
	if m.Simulator, err = NewSimulator(server.URL+"/v1", sharedKey, &http.Client{Transport: m}, time.Now); err != nil {
		t.Fatal(err)
	}
	if m.wallet, err = (tinypay.Config{BaseURL: server.URL + "/v1", Key: signing.NewSecret(sharedKey)}).Open(wallet.Env{}); err != nil {
		t.Fatal(err)
	}
	return m
}

// RoundTrip receives notifications as the till does.
func (m *meeting) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	d := wallet.Delivery{Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header, Body: body, ReceivedAt: time.Now()}
	notifier := m.wallet.(wallet.Notifier)
	n, err := notifier.ParseNotification(r.Context(), d)
	for _, event := range n.Events {
		m.received = append(m.received, event.Payment)
	}
	reply := notifier.Reply(d, err)
	return &http.Response{StatusCode: reply.Status, Body: io.NopCloser(strings.NewReader(string(reply.Body))), Request: r}, nil
}

func (m *meeting) create() (wallet.Payment, error) {
	return m.wallet.CreatePayment(m.Context(), wallet.PaymentRequest{
		RequestID: "R1", Amount: wallet.Money{Minor: 1234, Currency: "USD"}, NotifyURL: "https://m.example/n?a=b",
	})
}

func TestTheAdapterAndTheSimulatorUnderstandEachOther(t *testing.T) {
	m := meet(t)
	opened, err := m.create()
	again, againErr := m.create()
	if err != nil || againErr != nil || opened.Status != wallet.Pending || again.Action.PaymentURL != opened.Action.PaymentURL {
		t.Fatalf("got %+v, %v and %+v, %v; want one open payment twice", opened, err, again, againErr)
	}
	if err := m.Settle("R1", "pay"); err != nil {
		t.Fatal(err)
	}
	m.RunOnce(t.Context())
	requested, err := m.wallet.(wallet.Querier).QueryPayment(t.Context(), opened.Ref)
	want := wallet.Money{Minor: 1234, Currency: "USD"}
	if err != nil || requested.Status != wallet.Paid || requested.Amount != want {
		t.Errorf("queried: got %+v, %v", requested, err)
	}
	if len(m.received) != 1 || m.received[0].Status != wallet.Paid || m.received[0].Amount != want || m.news.Waiting(m.books.Newest("R1")) != 0 {
		t.Errorf("received %+v, want that it is paid, once", m.received)
	}
}

func TestFaultsOfTheSimulatorAreFaultsOfTheAdapter(t *testing.T) {
	for switched, want := range map[provider.Fault]fault.Kind{
		provider.Refused: fault.Declined, provider.CutAfter: fault.Unknown, provider.ServerError: fault.Unknown,
		provider.GarbageAnswer: fault.Unknown, provider.UnsignedAnswer: fault.Unknown,
	} {
		m := meet(t)
		m.faults.Inject(provider.Rule{Fault: switched, Times: 1})
		if _, err := m.create(); fault.KindOf(err) != want {
			t.Errorf("%s: got %v, want %s", switched, err, want)
		}
		if _, err := m.create(); err != nil {
			t.Errorf("%s: the repeat got %v", switched, err)
		}
	}
}

func TestAForgedNotificationIsSentAgain(t *testing.T) {
	m := meet(t)
	if _, err := m.create(); err != nil {
		t.Fatal(err)
	}
	m.faults.Inject(provider.Rule{Fault: provider.ForgeNotification, Times: 1})
	if err := m.Settle("R1", "decline"); err != nil {
		t.Fatal(err)
	}
	m.RunOnce(t.Context())
	if len(m.received) != 0 || m.news.Waiting(m.books.Newest("R1")) != 1 {
		t.Errorf("received %+v; want nothing, and the notice still waiting", m.received)
	}
}
