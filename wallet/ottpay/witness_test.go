package ottpay_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

// The witness is a merchant's and a provider's server in another language, written from the
// provider's documents alone and apart from the adapter and the simulator. What three
// programs agree about is not a mistake that one of them made twice.

func TestTheSimulatorAgreesWithTheWitness(t *testing.T) {
	var provider *simulator.Provider
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.ServeHTTP(w, r) }))
	defer server.Close()
	provider, err := simulator.New(simulator.Config{
		PublicURL: server.URL, MerchantID: "ON00009999", ShopID: "ON00009999001", OperatorID: "0000009001", SignKey: signing.NewSecret(testKey),
		Currency: "CAD", AppID: "ON00009999", AppKey: signing.NewSecret(testAppKey),
	})
	if err != nil {
		t.Fatal(err)
	}
	startWitness(t, "client.mjs", server.URL).Follow(func(line map[string]any) any {
		if line["step"] != "settle" {
			return nil
		}
		if err := provider.Settle(line["id"].(string), "pay"); err != nil {
			t.Fatal(err)
		}
		provider.RunOnce(t.Context())
		return map[string]any{"settled": true}
	})
}

// till is the adapter with an address for callbacks, beside the witness's server.
type till struct {
	*testing.T
	witness  *wallettest.Witness
	wallet   wallet.Wallet
	notify   *httptest.Server
	received chan wallet.Notification
}

func openTill(t *testing.T, generation string) *till {
	t.Helper()
	s := &till{T: t, witness: startWitness(t, "server.mjs"), received: make(chan wallet.Notification, 8)}
	base := s.witness.Listening()
	if generation == "web" {
		base += "/processV2"
	}
	var err error
	if s.wallet, err = settings(generation, base).Open(wallet.Env{Name: generation}); err != nil {
		t.Fatal(err)
	}
	s.notify = httptest.NewServer(http.HandlerFunc(s.take))
	t.Cleanup(s.notify.Close)
	return s
}

// take is what a server does with a callback.
func (s *till) take(rw http.ResponseWriter, r *http.Request) {
	n, err := wallettest.Receive(rw, r, s.wallet.(wallet.Notifier))
	if err != nil {
		s.Errorf("a callback: %v", err)
	}
	s.received <- n
}

func (s *till) request(id string) wallet.PaymentRequest {
	return wallet.PaymentRequest{
		RequestID: id, Order: "ord_" + id[:26], Amount: wallet.Money{Minor: 1250, Currency: "CAD"}, Description: "茶 & tea",
		Channel: wallet.H5, ExpiresAt: time.Now().Add(15 * time.Minute),
		ReturnURL: "https://merchant.example/return/1?x=1&y=2", NotifyURL: s.notify.URL + "/notify/wallet",
	}
}

func (s *till) create(id string) {
	s.Helper()
	p, err := s.wallet.CreatePayment(s.Context(), s.request(id))
	if err != nil || p.Status != wallet.Pending || p.Action == nil || p.Action.URL == "" {
		s.Fatalf("created %+v and %v, want a pending payment with a link", p, err)
	}
}

// pays lets the witness's payer pay, with a fee on top, and reads its output.
func (s *till) pays(id string) wallet.Payment {
	s.Helper()
	s.witness.Tell(map[string]any{"pay": id, "fee": 10})
	if answer := s.witness.Next(); answer["status"] != 200.0 || answer["text"] != `{"rsp_code":"SUCCESS","rsp_msg":"success"}` {
		s.Errorf("the acknowledgement is %v", answer)
	}
	n := <-s.received
	if len(n.Events) != 1 || !n.Confirm || n.Events[0].Payment.RequestID != id || n.Events[0].Payment.Charged.Minor != 1260 ||
		len(n.Events[0].Payment.Fees) != 1 || n.Events[0].Payment.Fees[0].Amount.Minor != 10 {
		s.Fatalf("received %+v, want %s paid with 12.60 of which 0.10 are a fee", n, id)
	}
	got, err := s.wallet.(wallet.Querier).QueryPayment(s.Context(), wallet.Ref{RequestID: id, PaymentID: n.Events[0].Payment.PaymentID})
	if err != nil || got.Status != wallet.Paid || got.PaymentID != n.Events[0].Payment.PaymentID {
		s.Fatalf("queried: %+v and %v, want paid", got, err)
	}
	return got
}

func (s *till) refundOf(p wallet.Payment, refunded int64) wallet.RefundRequest {
	cad := func(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "CAD"} }
	return wallet.RefundRequest{
		RequestID: p.RequestID[:26] + "R1", Payment: p.Ref, Amount: cad(500), Paid: cad(1250), Reason: "too cold",
		Books: wallet.RefundBooks{Amount: cad(500), Refunded: cad(refunded), Open: cad(0)},
	}
}

// refundedAll checks how much the provider refunded.
func (s *till) refundedAll(id string, want float64) {
	s.Helper()
	s.witness.Tell(map[string]any{"books": id})
	if books := s.witness.Next(); books["refunded"] != want {
		s.Errorf("the provider refunded %v, want %v", books["refunded"], want)
	}
}

func TestTheAdapterAgreesWithTheWitnessAboutTheWebAPI(t *testing.T) {
	s := openTill(t, "web")
	id := ulid.Make().String() + "P1"
	s.create(id)
	paid := s.pays(id)
	again, err := s.wallet.CreatePayment(t.Context(), s.request(id))
	if err != nil || again.Status != wallet.Paid || again.Action != nil {
		t.Errorf("created again: %+v and %v, want the payment that stands", again, err)
	}
	refunder := s.wallet.(wallet.Refunder)
	for range 2 {
		r, err := refunder.Refund(t.Context(), s.refundOf(paid, 0))
		if err != nil || r.RefundID != s.refundOf(paid, 0).RequestID {
			t.Fatalf("refunded %+v and %v, want taken", r, err)
		}
	}
	r, err := s.wallet.(wallet.RefundQuerier).QueryRefund(t.Context(), wallet.RefundRef{RequestID: paid.RequestID[:26] + "R1", Payment: paid.Ref})
	if err != nil || r.Status != wallet.RefundSucceeded {
		t.Errorf("the queried refund: %+v and %v, want succeeded", r, err)
	}
	s.refundedAll(id, 500)
}

func TestTheAdapterAgreesWithTheWitnessAboutREST(t *testing.T) {
	s := openTill(t, "rest")
	id := ulid.Make().String() + "P1"
	s.create(id)
	paid := s.pays(id)
	refunder := s.wallet.(wallet.Refunder)
	r, err := refunder.Refund(t.Context(), s.refundOf(paid, 0))
	if err != nil || r.Status != wallet.RefundSucceeded || r.RefundID == "" {
		t.Fatalf("refunded %+v and %v, want succeeded", r, err)
	}
	again := s.refundOf(paid, 0)
	again.LastSentAt = time.Now()
	if r, err = refunder.Refund(t.Context(), again); err != nil || r.Status != wallet.RefundSucceeded {
		t.Errorf("refunded again: %+v and %v, want the refund that the sum shows", r, err)
	}
	s.refundedAll(id, 500)
}

// startWitness starts one of the witness's programs for the account of the tests.
func startWitness(t *testing.T, program string, arguments ...string) *wallettest.Witness {
	t.Helper()
	return wallettest.StartWitness(t, filepath.Join("witness", program), map[string]string{
		"merchantId": "ON00009999", "shopId": "ON00009999001", "operatorId": "0000009001", "signKey": testKey, "appId": "ON00009999", "appKey": testAppKey,
	}, arguments...)
}
