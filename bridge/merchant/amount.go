package merchant

import (
	"errors"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// amountBody is an amount in a request: its value in minor units, its decimal, or both
// when they agree. It replaces wallet.Money, whose decoding accepts members in another
// case.
type amountBody struct {
	Currency string  `json:"currency" validate:"required,max=16"`
	Value    *string `json:"value" validate:"omitempty,max=40" text:"no"`
	Decimal  *string `json:"decimal" validate:"omitempty,max=40" text:"no"`
}

// money is the amount; its flaws are added to found under path.
func (b *amountBody) money(path string, found *fault.Fields) wallet.Money {
	currency := wallet.Currency(b.Currency)
	switch {
	case currency.Valid() != nil:
		found.Add(path+".currency", "is not a currency that is known")
	case b.Value == nil && b.Decimal == nil:
		found.Add(path+".value", "is required, unless decimal is there")
	case b.Value == nil:
		return parsed(path+".decimal", found)(wallet.ParseDecimal(currency, *b.Decimal))
	case b.Decimal == nil:
		return parsed(path+".value", found)(wallet.ParseMinor(currency, *b.Value))
	default:
		value := parsed(path+".value", found)(wallet.ParseMinor(currency, *b.Value))
		decimal := parsed(path+".decimal", found)(wallet.ParseDecimal(currency, *b.Decimal))
		if len(*found) == 0 && value != decimal {
			found.Add(path, "has a value and a decimal that differ")
		}
		return value
	}
	return wallet.Money{}
}

// positive is money that is more than zero.
func (b *amountBody) positive(path string, found *fault.Fields) wallet.Money {
	before := len(*found)
	m := b.money(path, found)
	if len(*found) == before && !m.Positive() {
		found.Add(path, "must be more than zero")
	}
	return m
}

// optional is an amount that may be absent, which is zero.
func optional(b *amountBody) (wallet.Money, error) {
	if b == nil {
		return wallet.Money{}, nil
	}
	var found fault.Fields
	m := b.positive("amount", &found)
	return m, found.Invalid("merchant")
}

// parsed adds to found why an amount could not be read.
func parsed(name string, found *fault.Fields) func(wallet.Money, error) wallet.Money {
	return func(m wallet.Money, err error) wallet.Money {
		if err != nil {
			found.Add(name, amountFlaw(err))
		}
		return m
	}
}

func amountFlaw(err error) string {
	switch {
	case errors.Is(err, wallet.ErrDigits):
		return "has more decimal digits than the currency"
	case errors.Is(err, wallet.ErrOverflow):
		return "is more than an amount can be"
	}
	return "is not an amount"
}
