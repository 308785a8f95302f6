package direct_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay/direct"
	"github.com/minitill/minitill/wallet/wallettest"
)

// The witness's server was written in another language, from the dialect's description
// alone and apart from the adapter and the simulator.
func TestTheAdapterAgreesWithTheWitness(t *testing.T) {
	for _, manual := range []bool{false, true} {
		var orders *direct.Orders
		var received []wallet.Notification
		notify := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			n, _ := wallettest.Receive(rw, r, orders) // which answers what is wrong with it
			received = append(received, n)
		}))
		t.Cleanup(notify.Close)
		far := wallettest.StartWitness(t, "../witness/server.mjs", map[string]any{
			"dialect": "direct", "merchantCode": merchantCode, "merchantKey": merchantKey, "secret": secretKey,
		})
		c := settings(far.Listening())
		c.Manual = manual
		w, err := c.Open(wallet.Env{Name: "direct"})
		if err != nil {
			t.Fatal(err)
		}
		orders = w.(*direct.Orders)
		req := request("ORD4560000000000000000000001", 300000)
		req.NotifyURL = notify.URL + "/notify/direct"
		p, err := orders.CreatePayment(t.Context(), req)
		want := map[bool]wallet.ActionType{false: wallet.ActionRedirect, true: wallet.ActionQR}[manual]
		if err != nil || p.PaymentID == "" || p.Action.Type != want || p.Action.URL == "" || p.ExpiresAt.IsZero() {
			t.Fatalf("manual %v: created %+v, %v; want %s", manual, p, err, want)
		}
		far.Command(map[string]any{"settle": req.RequestID, "status": "paid"})
		if answer := far.Command(map[string]any{"notify": req.RequestID}); answer["httpStatus"] != 200.0 || answer["ack"] != "SUCCESS" {
			t.Errorf("the acknowledgement: %v", answer)
		}
		if len(received) != 1 || !received[0].Confirm || received[0].Events[0].Payment.Status != wallet.Paid || received[0].Events[0].Payment.Amount != req.Amount ||
			received[0].Events[0].Payment.Ref != p.Ref {
			t.Errorf("received %+v, want paid, to be confirmed", received)
		}
		if got, err := orders.QueryPayment(t.Context(), p.Ref); err != nil || got.Status != wallet.Paid || got.Amount != req.Amount {
			t.Errorf("queried: %+v, %v; want paid", got, err)
		}
		forged := map[string]any{"notify": req.RequestID, "extra": map[string]any{"status": "PAID"}}
		if answer := far.Command(forged); answer["httpStatus"] != 401.0 {
			t.Errorf("a forged callback is answered with %v, want 401", answer)
		}
	}
}

func TestCardsAgreeWithTheWitness(t *testing.T) {
	far := wallettest.StartWitness(t, "../witness/server.mjs", map[string]any{
		"dialect": "direct", "merchantCode": merchantCode, "merchantKey": merchantKey, "secret": secretKey,
	})
	c := settings(far.Listening())
	c.Mode, c.ReverseWhole = "cards", true
	w, err := c.Open(wallet.Env{Name: "cards"})
	if err != nil {
		t.Fatal(err)
	}
	cards := w.(*direct.Cards)
	hold := func() wallet.Payment {
		p, err := cards.CreatePayment(t.Context(), charge(10000))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := hold()
	if got, err := cards.Capture(t.Context(), wallet.CaptureRequest{Payment: p.Ref, Amount: usd(8000)}); err != nil || got.Captured != usd(8000) {
		t.Errorf("captured %+v, %v", got, err)
	}
	if r, err := cards.Refund(t.Context(), wallet.RefundRequest{Payment: p.Ref, Amount: usd(3000), Paid: usd(8000)}); err != nil || r.Status != wallet.RefundSucceeded {
		t.Errorf("refunded %+v, %v", r, err)
	}
	if got, err := cards.Void(t.Context(), wallet.VoidRequest{Payment: hold().Ref}); err != nil || got.Status != wallet.Voided {
		t.Errorf("voided %+v, %v", got, err)
	}
	p = hold()
	if _, err := cards.Capture(t.Context(), wallet.CaptureRequest{Payment: p.Ref, Amount: usd(10000)}); err != nil {
		t.Error(err)
	}
	if r, err := cards.Refund(t.Context(), wallet.RefundRequest{Payment: p.Ref, Amount: usd(10000), Paid: usd(10000)}); err != nil || r.Code != "reversed" {
		t.Errorf("reversed %+v, %v", r, err)
	}
}
