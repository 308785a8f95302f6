package sandbox_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// direct calls a handler without a network.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result(), nil
}

func Example() {
	key := signing.NewSecret("T7qd-Zk9p.uE3xVb2rYw8Lm")
	provider, err := simulator.New(simulator.Config{PublicURL: "https://wallet.example/sandbox", KeyID: "k1", Key: key})
	if err != nil {
		panic(err)
	}
	w, err := sandbox.Config{BaseURL: "https://wallet.example/sandbox", KeyID: "k1", Key: key}.
		Open(wallet.Env{Name: "sandbox", HTTP: &http.Client{Transport: direct{provider}}})
	if err != nil {
		panic(err)
	}
	payment, err := w.CreatePayment(context.Background(), wallet.PaymentRequest{
		RequestID: "01JD3ZQ5V7K8M2N4P6R8T0V2X41", Amount: wallet.Money{Minor: 1250, Currency: "KWD"}, Description: "Tea",
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(payment.Status, payment.Action.Type)

	_ = provider.Settle(payment.RequestID, "pay") // as the cashier's form does
	payment, _ = w.(wallet.Querier).QueryPayment(context.Background(), payment.Ref)
	fmt.Println(payment.Status, payment.Captured)
	// Output:
	// pending paymentUrl
	// paid 1.250 KWD
}
