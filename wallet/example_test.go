package wallet_test

import (
	"encoding/json"
	"fmt"

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
