package simulator

import (
	"encoding/json"

	"github.com/minitill/minitill/wallet"
)

// distorted returns the altered answer of a provider that reports wrong values.
func distorted(body []byte, fault Fault) []byte {
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
		distortAmount(content.Payment.Amount, fault)
		distortAmount(content.Payment.Captured, fault)
	}
	if content.Refund != nil {
		distortAmount(content.Refund.Amount, fault)
	}
	lied, err := json.Marshal(content)
	if err != nil {
		panic(err) // our own types always encode
	}
	return lied
}

func distortAmount(amount *amountJSON, fault Fault) {
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
