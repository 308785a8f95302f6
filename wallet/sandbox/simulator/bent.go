package simulator

import (
	"encoding/json"

	"github.com/minitill/minitill/wallet"
)

// bent returns the altered answer of a provider that reports wrong values.
func bent(body []byte, fault Fault) []byte {
	switch fault {
	case PaymentIDOnly:
		return withoutMerchantIDs(body)
	case LieAmount, LieCurrency:
	default:
		return body
	}
	var content noticeJSON
	if json.Unmarshal(body, &content) != nil {
		return body
	}
	if content.Payment != nil {
		lie(content.Payment.Amount, fault)
		lie(content.Payment.Captured, fault)
	}
	if content.Refund != nil {
		lie(content.Refund.Amount, fault)
	}
	lied, err := json.Marshal(content)
	if err != nil {
		panic(err) // our own types always encode
	}
	return lied
}

func lie(amount *amountJSON, fault Fault) {
	if amount == nil {
		return
	}
	if fault == LieAmount {
		money, _ := wallet.ParseMinor(amount.Currency, amount.Value)
		money.Minor++
		amount.Value = money.Value()
		return
	}
	if amount.Currency == "EUR" {
		amount.Currency = "USD"
		return
	}
	amount.Currency = "EUR"
}
