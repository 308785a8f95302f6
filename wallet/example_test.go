package wallet_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/minitill/minitill/wallet"
)

func ExampleParseDecimal() {
	for _, amount := range []struct {
		currency wallet.Currency
		text     string
	}{{"USD", "12.34"}, {"IQD", "1.5"}, {"JPY", "500"}, {"JPY", "500.00"}} {
		m, err := wallet.ParseDecimal(amount.currency, amount.text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(m.Minor, m)
	}
	// Output:
	// 1234 12.34 USD
	// 1500 1.500 IQD
	// 500 500 JPY
	// more decimal digits than the currency has: "500.00" has 2, JPY has 0
}

func ExampleMoney_MarshalJSON() {
	text, err := json.Marshal(wallet.Money{Minor: 1234, Currency: "USD"})
	fmt.Println(string(text), err)
	// Output: {"currency":"USD","value":"1234","decimal":"12.34"} <nil>
}

func ExampleMoney_Add() {
	price := wallet.Money{Minor: 1250, Currency: "USD"}
	total, err := price.Add(wallet.Money{Minor: 99, Currency: "USD"})
	fmt.Println(total, err)

	_, err = price.Add(wallet.Money{Minor: 99, Currency: "EUR"})
	fmt.Println(err)
	// Output:
	// 13.49 USD <nil>
	// amounts in different currencies: USD and EUR
}

func ExampleCurrency_Exponent() {
	for _, currency := range []wallet.Currency{"JPY", "USD", "KWD", "USDT", "XXX"} {
		exponent, known := currency.Exponent()
		fmt.Println(currency, exponent, known)
	}
	// Output:
	// JPY 0 true
	// USD 2 true
	// KWD 3 true
	// USDT 6 true
	// XXX 0 false
}

// counter is a wallet that opens payments and answers status queries, and has no other capability.
type counter struct{}

func (counter) CreatePayment(_ context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	return wallet.Payment{Ref: wallet.Ref{RequestID: req.RequestID}, Status: wallet.Pending, Amount: req.Amount}, nil
}

func (counter) QueryPayment(_ context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return wallet.Payment{Ref: ref, Status: wallet.Paid}, nil
}

func ExampleAs() {
	var w wallet.Wallet = counter{}
	if querier, ok := wallet.As[wallet.Querier](w); ok {
		payment, err := querier.QueryPayment(context.Background(), wallet.Ref{RequestID: "R1"})
		fmt.Println(payment.Status, err)
	}
	_, refunds := wallet.As[wallet.Refunder](w)
	fmt.Println("refunds:", refunds)
	// Output:
	// paid <nil>
	// refunds: false
}

func ExampleCapabilityInfo() {
	for _, c := range wallet.Capabilities {
		if c.Of(counter{}) {
			fmt.Println(c.Capability, "-", c.Meaning)
		}
	}
	// Output: query - Answer status queries of payments.
}

// Calls of every wallet are counted in the transport. A Wallet that wraps another would hide
// its capabilities.
func ExampleEnv() {
	calls := 0
	count := roundTripper(func(r *http.Request) (*http.Response, error) {
		calls++
		return http.DefaultTransport.RoundTrip(r)
	})
	provider := httptest.NewServer(http.NotFoundHandler())
	defer provider.Close()
	env := wallet.Env{Name: "main", HTTP: &http.Client{Transport: count}}.WithDefaults()
	resp, err := env.HTTP.Get(provider.URL)
	if err != nil {
		panic(err)
	}
	fmt.Println(resp.StatusCode, resp.Body.Close(), calls)
	// Output: 404 <nil> 1
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func ExampleMaskCardNumbers() {
	const text = "card 4111 1111 1111 1111, order 4111111111111112"
	fmt.Println(wallet.HasCardNumber(text))
	fmt.Println(wallet.MaskCardNumbers(text))
	// Output:
	// true
	// card **** **** **** 1111, order 4111111111111112
}

func ExampleToken() {
	agreement := wallet.Agreement{Payer: wallet.Payer{ID: "2088"}, Token: "a-token-as-good-as-money"}
	fmt.Println(agreement.Token)
	fmt.Printf("%#v\n", agreement.Token)
	// Output:
	// [redacted]
	// [redacted]
}
