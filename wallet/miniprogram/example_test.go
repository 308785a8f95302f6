package miniprogram_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// direct calls a handler without a network.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result(), nil
}

func key(name string) string {
	text, err := testdata.Files.ReadFile("keys/" + name + ".pem")
	if err != nil {
		panic(err)
	}
	return string(text)
}

func Example() {
	provider, err := simulator.New(simulator.Config{
		PublicURL: "https://wallet.example", Profile: "superqi", ClientID: "TEST_5X",
		ClientKeys: map[int]string{1: key("client_public")}, Key: signing.NewSecret(key("wallet_private")),
	})
	if err != nil {
		panic(err)
	}
	w, err := miniprogram.Config{
		Profile: "superqi", BaseURL: "https://wallet.example", ClientID: "TEST_5X",
		PrivateKey: signing.NewSecret(key("client_private")),
		WalletKeys: []miniprogram.WalletKey{{Key: key("wallet_public")}},
	}.Open(wallet.Env{Name: "qi", HTTP: &http.Client{Transport: direct{provider}}})
	if err != nil {
		panic(err)
	}
	payer, err := w.(wallet.Authenticator).ExchangeAuthCode(context.Background(), provider.AuthCode("alice"))
	if err != nil {
		panic(err)
	}
	payment, err := w.CreatePayment(context.Background(), wallet.PaymentRequest{
		RequestID: "01JD3ZQ5V7K8M2N4P6R8T0V2X4P1", Payer: payer, Description: "Tea",
		Amount: wallet.Money{Minor: 150000, Currency: "IQD"}, NotifyURL: "https://shop.example/notify/qi",
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(payment.Status, payment.Action.Type)

	_ = provider.Settle(payment.RequestID, "pay") // as the cashier's form does
	payment, _ = w.(wallet.Querier).QueryPayment(context.Background(), payment.Ref)
	fmt.Println(payment.Status, payment.Amount)
	// Output:
	// pending paymentUrl
	// paid 150.000 IQD
}
