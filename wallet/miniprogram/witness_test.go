package miniprogram_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

// The witness is a client and a server that were written in another language, from the
// providers' documents alone and apart from the adapter and the simulator. What three
// programs agree about is not a mistake that one of them made twice.

func TestTheSimulatorAgreesWithTheWitness(t *testing.T) {
	for _, profile := range miniprogram.Profiles() {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			var provider *simulator.Provider
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.ServeHTTP(w, r) }))
			defer server.Close()
			provider, err := simulator.New(simulator.Config{
				PublicURL: server.URL, Profile: profile, ClientID: testClient,
				ClientKeys: map[int]string{1: pem(t, "client_public")}, Key: signing.NewSecret(pem(t, "wallet_private")),
				AppID: testApp, AuthClientID: testAuth, PartnerID: testPartner, HTTP: &http.Client{Transport: inboxOf()},
			})
			if err != nil {
				t.Fatal(err)
			}
			client := wallettest.StartWitness(t, "witness/client.mjs", map[string]any{
				"profile": profile, "clientId": testClient, "privateKeyFile": keyFile(t, "client_private"),
				"walletPublicKeyFile": keyFile(t, "wallet_public"), "notifyUrl": "https://merchant.example/notify/wallet",
				"appId": testApp, "authClientId": testAuth, "partnerId": testPartner, "authCode": provider.AuthCode("u-1"),
			}, server.URL)
			client.Follow(func(line map[string]any) any {
				if line["step"] != "settle" {
					return nil
				}
				if err := provider.Settle(line["paymentRequestId"].(string), "pay"); err != nil {
					t.Fatal(err)
				}
				return map[string]any{"settled": true}
			})
		})
	}
}

func TestTheAdapterAgreesWithTheWitness(t *testing.T) {
	for _, profile := range miniprogram.Profiles() {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			w := wallettest.StartWitness(t, "witness/server.mjs", map[string]any{
				"profile": profile, "clientId": testClient, "privateKeyFile": keyFile(t, "wallet_private"),
				"clientPublicKeyFile": keyFile(t, "client_public"), "appId": testApp, "authClientId": testAuth,
				"partnerId": testPartner, "authCodes": []string{"code-1"}, "customerId": "c-77",
			})
			till := &till{T: t, witness: w, profile: profile}
			till.open(w.Listening())
			till.signsIn()
			paid := till.pays(ulid.Make().String() + "P1")
			till.refunds(paid)
			till.cancels(ulid.Make().String() + "P1")
		})
	}
}

// till is the adapter with an address for notifications, beside the witness's server.
type till struct {
	*testing.T
	witness  *wallettest.Witness
	profile  string
	wallet   wallet.Wallet
	notify   *httptest.Server
	received chan reported
}

// reported is an event, and whether a status query has to confirm it.
type reported struct {
	wallet.Event
	confirm bool
}

func (s *till) open(base string) {
	s.Helper()
	w, err := settings(s.T, s.profile, base).Open(wallet.Env{Name: s.profile})
	if err != nil {
		s.Fatal(err)
	}
	s.wallet, s.received = w, make(chan reported, 8)
	s.notify = httptest.NewServer(http.HandlerFunc(s.take))
	s.Cleanup(s.notify.Close)
}

// take is what a server does with a notification.
func (s *till) take(rw http.ResponseWriter, r *http.Request) {
	n, err := wallettest.Receive(rw, r, s.wallet.(wallet.Notifier))
	if err != nil {
		s.Errorf("a notification: %v", err)
	}
	for _, e := range n.Events {
		s.received <- reported{e, n.Confirm}
	}
}

func (s *till) signsIn() {
	s.Helper()
	payer, err := s.wallet.(wallet.Authenticator).ExchangeAuthCode(s.Context(), "code-1")
	if err != nil || payer.ID != "c-77" {
		s.Errorf("signed in as %+v, %v; want c-77", payer, err)
	}
}

func (s *till) request(id string) wallet.PaymentRequest {
	return wallet.PaymentRequest{
		RequestID: id, Order: "ord_" + id[:26], Amount: wallet.Money{Minor: 10000, Currency: currencies(s.profile)[0]},
		Description: "Café crème × 2", Channel: wallet.MiniProgram, Payer: wallet.Payer{ID: "c-77"},
		ExpiresAt: time.Now().Add(8 * time.Minute).Truncate(time.Second),
		ReturnURL: "https://merchant.example/return/1", NotifyURL: s.notify.URL + "/notify/wallet",
	}
}

// pays opens a payment, lets the payer pay it and the server notify.
func (s *till) pays(id string) wallet.Ref {
	s.Helper()
	req := s.request(id)
	p, err := s.wallet.CreatePayment(s.Context(), req)
	if err != nil || p.Status != wallet.Pending || p.Action == nil || p.Action.PaymentURL == "" || p.PaymentID == "" {
		s.Fatalf("created %+v, %v; want a pending payment with a URL", p, err)
	}
	ref := wallet.Ref{RequestID: id, PaymentID: p.PaymentID}
	s.witness.Tell(map[string]any{"notify": id, "status": "SUCCESS"})
	if answer := s.witness.Next(); answer["ackVerified"] != true {
		s.Errorf("the acknowledgement: %v", answer)
	}
	select {
	case e := <-s.received:
		believed := e.Payment.Status == wallet.Paid || e.confirm // held money and money look the same in some dialects
		if !believed || e.Payment.Amount != req.Amount || e.Payment.RequestID != id {
			s.Errorf("received %+v, want %s paid with %v", e.Payment, id, req.Amount)
		}
	default:
		s.Error("the notification said nothing")
	}
	got, err := s.wallet.(wallet.Querier).QueryPayment(s.Context(), ref)
	if err != nil || got.Status != wallet.Paid || got.Amount != req.Amount {
		s.Errorf("queried: %+v, %v; want paid with %v", got, err, req.Amount)
	}
	return ref
}

func (s *till) refunds(ref wallet.Ref) {
	s.Helper()
	paid := s.request(ref.RequestID).Amount
	req := wallet.RefundRequest{
		RequestID: ref.RequestID[:26] + "R1", Payment: ref, Paid: paid, Reason: "too cold",
		Amount: wallet.Money{Minor: 2500, Currency: paid.Currency}, NotifyURL: s.notify.URL + "/notify/wallet",
	}
	r, err := s.wallet.(wallet.Refunder).Refund(s.Context(), req)
	if err != nil || r.Status != wallet.RefundSucceeded || r.RefundID == "" {
		s.Fatalf("refunded %+v, %v; want succeeded", r, err)
	}
	again, err := s.wallet.(wallet.RefundQuerier).QueryRefund(s.Context(), wallet.RefundRef{RequestID: req.RequestID, RefundID: r.RefundID, Payment: ref})
	if err != nil || again.Status != wallet.RefundSucceeded {
		s.Errorf("the queried refund: %+v, %v; want succeeded", again, err)
	}
}

func (s *till) cancels(id string) {
	s.Helper()
	canceler, ok := wallet.As[wallet.Canceler](s.wallet)
	if !ok {
		s.Logf("%s cannot cancel", s.profile)
		return
	}
	p, err := s.wallet.CreatePayment(s.Context(), s.request(id))
	if err != nil {
		s.Fatal(err)
	}
	if p, err = canceler.Cancel(s.Context(), wallet.Ref{RequestID: id, PaymentID: p.PaymentID}); err != nil || p.Status != wallet.Canceled {
		s.Errorf("canceled: %+v, %v; want canceled", p, err)
	}
}

func keyFile(t *testing.T, name string) string {
	t.Helper()
	return testdata.Path(t, "keys/"+name+".pem")
}
