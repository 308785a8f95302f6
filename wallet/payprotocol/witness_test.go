package payprotocol_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/payprotocol"
	"github.com/minitill/minitill/wallet/payprotocol/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

// The witness is a merchant and a provider in another language, from the sheet alone. What
// three programs agree about is not a mistake that one of them made twice.

func TestTheSimulatorAgreesWithTheWitness(t *testing.T) {
	var provider *simulator.Provider
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.ServeHTTP(w, r) }))
	defer server.Close()
	provider, err := simulator.New(simulator.Config{PublicURL: server.URL, APIKey: testKey, APISecret: signing.NewSecret(testSecret)})
	if err != nil {
		t.Fatal(err)
	}
	client := wallettest.StartWitness(t, "witness/client.mjs", map[string]any{
		"key": testKey, "secret": testSecret,
		"contract": map[string]string{"factory": simulator.Factory, "initCodeHash": simulator.InitCodeHash},
	}, server.URL+"/api/mer")
	client.Follow(func(line map[string]any) any {
		switch line["step"] {
		case "settle":
			err = provider.Settle(line["outTradeNo"].(string), simulator.Pay)
		case "decide":
			err = provider.DecideRefund(line["refundId"].(string), simulator.Verdict{Approve: true})
		case "deliver":
		default:
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		provider.RunOnce(t.Context())
		return map[string]any{"done": true}
	})
}

func TestTheAdapterAgreesWithTheWitness(t *testing.T) {
	for name, chain := range map[string]int64{"6 decimals": 136, "18 decimals": 56} {
		t.Run(name, func(t *testing.T) {
			w := wallettest.StartWitness(t, "witness/server.mjs", map[string]any{"key": testKey, "secret": testSecret})
			ready := w.Next()
			kind := map[int64]string{136: "tron", 56: "evm"}[chain]
			s := openTill(t, settings(func(c *payprotocol.Config) {
				base := ready["listening"].(string)
				c.BaseURL, c.PageURL, c.ChainID, c.Action = base+"/api/mer", base, chain, "address"
				c.Contracts = []payprotocol.Contract{{ChainID: chain, Kind: kind, Factory: ready["factory"].(string), InitCodeHash: ready["initCodeHash"].(string)}}
			}))
			s.witness, s.unit = w, map[int64]string{136: "", 56: "000000000000"}[chain]
			s.pays()
			s.refunds()
		})
	}
}

// till is the adapter with an address for callbacks, beside the witness's provider.
type till struct {
	*testing.T
	witness  *wallettest.Witness
	wallet   *payprotocol.Wallet
	notify   *httptest.Server
	notified chan wallet.Event
	unit     string // the digits that the chain's token has behind ours
}

func openTill(t *testing.T, c payprotocol.Config) *till {
	t.Helper()
	w, err := c.Open(wallet.Env{})
	if err != nil {
		t.Fatal(err)
	}
	s := &till{T: t, wallet: w.(*payprotocol.Wallet), notified: make(chan wallet.Event, 8)}
	s.notify = httptest.NewServer(http.HandlerFunc(s.take))
	t.Cleanup(s.notify.Close)
	return s
}

// take is what a server does with a callback.
func (s *till) take(rw http.ResponseWriter, r *http.Request) {
	n, err := wallettest.Receive(rw, r, s.wallet)
	if err != nil {
		s.Errorf("a callback: %v", err)
	}
	for _, e := range n.Events {
		s.notified <- e
	}
}

var ref = wallet.Ref{RequestID: "W1"}

// pays opens a payment, lets too little and then the rest arrive, and the witness notify.
func (s *till) pays() {
	s.Helper()
	p, err := s.wallet.CreatePayment(s.Context(), wallet.PaymentRequest{
		RequestID: "W1", Amount: usdt(12_340_000), Description: "Café crème × 2", NotifyURL: s.notify.URL + "/notify/wallet?a=b",
	})
	if err != nil || p.Action == nil || p.Action.Type != wallet.ActionQR || p.Action.Content == "" {
		s.Fatalf("created %+v, %v; want an address that is verified", p, err)
	}
	for _, step := range []struct {
		units  string
		amount wallet.Money
	}{{"7000000", usdt(7_000_000)}, {"5340000", usdt(12_340_000)}} {
		s.witness.Tell(map[string]any{"pay": "W1", "units": step.units + s.unit})
		s.acknowledged()
		if e := <-s.notified; e.Payment.RequestID != "W1" || e.Payment.Status != wallet.Paid {
			s.Errorf("received %+v, want money for W1", e.Payment)
		}
		got, err := s.wallet.QueryPayment(s.Context(), ref)
		if err != nil || got.Status != wallet.Paid || got.Short != (step.amount != got.Amount) || got.Settled != step.amount {
			s.Errorf("queried: %+v, %v; want %v", got, err, step.amount)
		}
	}
}

func (s *till) acknowledged() {
	s.Helper()
	if answer := s.witness.Next(); answer["text"] != "success" || answer["status"] != 200.0 {
		s.Errorf("the callback was answered %v, want success", answer)
	}
}

// refunds requests a part, which the operator changes.
func (s *till) refunds() {
	s.Helper()
	r, err := s.wallet.Refund(s.Context(), wallet.RefundRequest{
		RequestID: "R1", Payment: ref, Amount: usdt(2_500_000), Paid: usdt(12_340_000), NotifyURL: s.notify.URL + "/notify/wallet?a=b",
	})
	if err != nil || r.Status != wallet.RefundWaiting || r.RefundID != "1" {
		s.Fatalf("refunded %+v, %v; want the first, waiting", r, err)
	}
	s.witness.Tell(map[string]any{"refund": 1, "approve": true, "units": "2400000" + s.unit})
	s.acknowledged()
	if e := <-s.notified; e.Refund.RefundID != "1" || e.Refund.Status != wallet.RefundSucceeded {
		s.Errorf("received %+v, want the refund succeeded", e.Refund)
	}
	got, err := s.wallet.QueryRefund(s.Context(), r.RefundRef)
	if err != nil || got.Status != wallet.RefundSucceeded || got.Amount != usdt(2_400_000) {
		s.Errorf("the queried refund: %+v, %v; want 2.40 succeeded", got, err)
	}
}
