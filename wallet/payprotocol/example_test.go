package payprotocol_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/payprotocol"
	"github.com/minitill/minitill/wallet/payprotocol/simulator"
)

// direct calls a handler without a network.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	r.RequestURI = r.URL.RequestURI()
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result(), nil
}

func Example() {
	ctx, secret := context.Background(), signing.NewSecret("T7qd-Zk9p.uE3xVb2rYw8Lm")
	provider, err := simulator.New(simulator.Config{PublicURL: "https://provider.example", APIKey: "F1R28pRQ", APISecret: secret})
	if err != nil {
		panic(err)
	}
	opened, err := payprotocol.Config{
		BaseURL: "https://provider.example/api/mer", PageURL: "https://provider.example", APIKey: "F1R28pRQ", APISecret: secret, ChainID: 136,
	}.Open(wallet.Env{Name: "tokens", HTTP: &http.Client{Transport: direct{provider}}})
	if err != nil {
		panic(err)
	}
	w := opened.(*payprotocol.Wallet)
	price := wallet.Money{Minor: 12_500_000, Currency: "USDT"}
	payment, err := w.CreatePayment(ctx, wallet.PaymentRequest{
		RequestID: "01JD3ZQ5V7K8M2N4P6R8T0V2X41", Amount: price, Description: "Tea", NotifyURL: "https://till.example/notify/tokens",
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(payment.Status, payment.Action.Type)

	_ = provider.Settle(payment.RequestID, simulator.Pay) // as the payment page's form does
	payment, _ = w.QueryPayment(ctx, payment.Ref)
	fmt.Println(payment.Status, payment.Settled)

	refund, _ := w.Refund(ctx, wallet.RefundRequest{
		RequestID: "01JD3ZQ5V7K8M2N4P6R8T0V2X4R1", Payment: payment.Ref, Amount: wallet.Money{Minor: 2_500_000, Currency: "USDT"}, Paid: price,
	})
	fmt.Println(refund.Status)
	_ = provider.DecideRefund(refund.RefundID, simulator.Verdict{Approve: true}) // as the operator does
	refund, _ = w.QueryRefund(ctx, refund.RefundRef)
	fmt.Println(refund.Status, refund.Amount)
	// Output:
	// pending redirect
	// paid 12.500000 USDT
	// waiting
	// succeeded 2.500000 USDT
}
