package redotpay_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
	"github.com/minitill/minitill/wallet/wallettest"
)

// The witness is a client and a server that were written in another language, from the
// protocol's description alone and apart from the adapter and the simulator. What three
// programs agree about is not a mistake that one of them made twice.

// till is the adapter beside the witness's server, with an address for its webhooks.
type till struct {
	*testing.T
	witness  *wallettest.Witness
	wallet   redotpay.Refunding
	received []wallet.Notification
}

func openTill(t *testing.T, change func(*redotpay.Config), more map[string]any) *till {
	t.Helper()
	s := &till{T: t}
	notify := httptest.NewServer(http.HandlerFunc(s.take))
	t.Cleanup(notify.Close)
	config := map[string]any{
		"dialect": "connect", "appKey": testAppKey, "privateKeyFile": testdata.Path(t, "keys/wallet_private.pem"),
		"merchantPublicKeyFile": testdata.Path(t, "keys/client_public.pem"), "notifyUrl": notify.URL + "/notify/redotpay",
	}
	for name, value := range more {
		config[name] = value
	}
	s.witness = wallettest.StartWitness(t, "witness/server.mjs", config)
	c := settings(t, s.witness.Listening())
	change(&c)
	w, err := c.Open(wallet.Env{Name: "redotpay"})
	if err != nil {
		t.Fatal(err)
	}
	s.wallet = w.(redotpay.Refunding)
	return s
}

// take is what a server does with a webhook.
func (s *till) take(rw http.ResponseWriter, r *http.Request) {
	if n, err := wallettest.Receive(rw, r, s.wallet); err == nil {
		s.received = append(s.received, n)
	}
}

func (s *till) request() wallet.PaymentRequest {
	return wallet.PaymentRequest{
		RequestID: ulid.Make().String() + "P1", Order: "ord_1", Amount: wallet.Money{Minor: 1234, Currency: "USD"},
		Description: "Café crème × 2", Channel: wallet.Web, ExpiresAt: time.Now().Add(8 * time.Minute),
		ReturnURL: "https://merchant.example/return/1",
	}
}

func (s *till) create(req wallet.PaymentRequest) wallet.Payment {
	s.Helper()
	p, err := s.wallet.CreatePayment(s.Context(), req)
	if err != nil || p.Status != wallet.Pending || p.Action == nil || p.PaymentID == "" {
		s.Fatalf("created %+v, %v; want a pending payment that leads somewhere", p, err)
	}
	return p
}

func (s *till) is(ref wallet.Ref, want wallet.Status) {
	s.Helper()
	got, err := s.wallet.QueryPayment(s.Context(), ref)
	if err != nil || got.Status != want || got.Amount != (wallet.Money{Minor: 1234, Currency: "USD"}) || got.Ref != ref {
		s.Errorf("queried: %+v, %v; want %s of 12.34 USD", got, err, want)
	}
}

// last is the one event that the witness reported last.
func (s *till) last(command map[string]any) wallet.Event {
	s.Helper()
	s.received = nil
	answer := s.witness.Command(command)
	if answer["httpStatus"] != 200.0 || answer["contentType"] != "application/json" {
		s.Fatalf("the acknowledgement: %v", answer)
	}
	var ack struct{ Code, RequestID string }
	if err := json.Unmarshal([]byte(answer["ack"].(string)), &ack); err != nil || ack.Code != "SUCCESS" || ack.RequestID == "" {
		s.Errorf("the acknowledgement: %v", answer["ack"])
	}
	if len(s.received) != 1 || len(s.received[0].Events) != 1 || !s.received[0].Confirm {
		s.Fatalf("received %+v, want one event to be confirmed", s.received)
	}
	return s.received[0].Events[0]
}

func TestTheAdapterAgreesWithTheWitness(t *testing.T) {
	s := openTill(t, func(*redotpay.Config) {}, nil)
	paid := s.create(s.request())
	if paid.Action.Type != wallet.ActionRedirect {
		t.Errorf("the action is %+v, want the web link", paid.Action)
	}
	s.is(paid.Ref, wallet.Pending)
	s.witness.Command(map[string]any{"settle": paid.RequestID, "status": 2})
	if e := s.last(map[string]any{"notify": paid.RequestID}); e.Payment.Status != wallet.Paid || e.Payment.RequestID != paid.RequestID ||
		e.Payment.Amount.Minor != 1234 || e.Payment.Settled != (wallet.Money{Minor: 99, Currency: "USD"}) || len(e.Payment.OtherIDs) != 2 {
		t.Errorf("reported %+v, want paid", e.Payment)
	}
	s.is(paid.Ref, wallet.Paid)
	if answer := s.witness.Command(map[string]any{"notify": paid.RequestID, "broken": true}); answer["httpStatus"] != 401.0 {
		t.Errorf("a changed body is answered with %v, want 401", answer)
	}
	s.refunds(paid)
	unpaid := s.create(s.request())
	for range 2 {
		if got, err := s.wallet.Cancel(t.Context(), unpaid.Ref); err != nil || got.Status != wallet.Canceled {
			t.Errorf("canceled: %+v, %v", got, err)
		}
	}
	s.is(unpaid.Ref, wallet.Canceled)
}

func (s *till) refunds(paid wallet.Payment) {
	s.Helper()
	req := wallet.RefundRequest{RequestID: paid.RequestID[:26] + "R1", Payment: paid.Ref, Amount: wallet.Money{Minor: 234, Currency: "USD"}, Paid: paid.Amount}
	for range 2 {
		if r, err := s.wallet.Refund(s.Context(), req); err != nil || r.Status != wallet.RefundPending || r.RefundID == "" {
			s.Fatalf("refunded %+v, %v; want a pending refund", r, err)
		}
	}
	event := s.last(map[string]any{"refunded": req.RequestID, "status": 2})
	if r := event.Refund; event.Kind != wallet.RefundEvent || r.Status != wallet.RefundSucceeded || r.Amount != req.Amount || r.RefundRef.RequestID != req.RequestID {
		s.Errorf("reported %+v, want a refund of 2.34", event)
	}
	if r, err := s.wallet.QueryRefund(s.Context(), wallet.RefundRef{RequestID: req.RequestID, Payment: paid.Ref}); err != nil || r.Status != wallet.RefundSucceeded || r.Amount != req.Amount {
		s.Errorf("queried: %+v, %v; want succeeded", r, err)
	}
	s.is(paid.Ref, wallet.Paid)
}

func TestTheAdapterChoosesMethodsAsTheWitnessOffersThem(t *testing.T) {
	methods := []map[string]any{{"id": "1", "name": "RedotPay", "manual": false}, {"id": "2", "name": "Other wallet", "manual": true}}
	s := openTill(t, func(c *redotpay.Config) { c.Flow = "openApi" }, map[string]any{"methods": methods})
	p := s.create(s.request())
	if p.Action.Type != wallet.ActionChooseMethod || len(p.Action.Methods) != 2 {
		t.Fatalf("the action is %+v, want two methods", p.Action)
	}
	for _, method := range []string{"1", "2", "1"} {
		for _, ref := range []wallet.Ref{p.Ref, {RequestID: p.RequestID}} {
			got, err := s.wallet.ChoosePayment(t.Context(), wallet.ChooseRequest{Payment: ref, Method: method})
			if err != nil || got.Ref != p.Ref || got.Method != method || got.Action.Type != wallet.ActionQR || got.Action.URL == "" {
				t.Errorf("chosen %s: %+v, %v; want a QR code and a link", method, got, err)
			}
		}
	}
	for method, want := range map[string]wallet.ActionType{"1": wallet.ActionRedirect, "2": wallet.ActionQR, "9": wallet.ActionChooseMethod} {
		req := s.request()
		req.Method = method
		if p := s.create(req); p.Action.Type != want {
			t.Errorf("an order by method %s leads to %+v, want %s", method, p.Action, want)
		}
	}
}
