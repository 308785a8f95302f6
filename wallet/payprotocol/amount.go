package payprotocol

import (
	"math/big"
	"strings"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// isToken distinguishes tokens from fiat: no currency of ISO 4217 has more than four digits.
func isToken(c wallet.Currency) bool {
	exponent, _ := c.Exponent()
	return exponent > 4
}

// checkAmount refuses amounts that cannot be requested: fiat has two digits at most.
//
// Faults: Invalid.
func checkAmount(op string, m wallet.Money) error {
	if err := wire.CheckAmount(op, m); err != nil {
		return err
	}
	_, fraction, _ := strings.Cut(wire.Major(m).String(), ".")
	if !isToken(m.Currency) && len(fraction) > mostFiatDigits {
		return fault.InvalidField(op, "amount", "must have at most two digits after the point")
	}
	return nil
}

// integer reads an amount in a token's smallest units, of any length; nil when it is absent.
func integer(l wire.Literal) (*big.Int, error) {
	if l == "" {
		return nil, nil
	}
	d, err := l.Decimal()
	if err != nil {
		return nil, err
	}
	n, ok := new(big.Int).SetString(d.String(), 10)
	if !ok || n.Sign() < 0 {
		return nil, wire.ErrMalformed
	}
	return n, nil
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// rescale converts an amount from one number of decimal digits to another. Surplus digits are
// dropped: less than the smallest unit cannot be booked.
func rescale(n *big.Int, from, to int) *big.Int {
	if to >= from {
		return new(big.Int).Mul(n, power(to-from))
	}
	return new(big.Int).Quo(n, power(from-to))
}

// money returns an amount of a token as it is booked; zero in no currency when it cannot be.
func (t token) money(n *big.Int) wallet.Money {
	currency := wallet.Currency(t.Symbol)
	exponent, known := currency.Exponent()
	if !known || n == nil {
		return wallet.Money{}
	}
	minor := rescale(n, t.Decimals, exponent)
	if !minor.IsInt64() {
		return wallet.Money{}
	}
	return wallet.Money{Minor: minor.Int64(), Currency: currency}
}

// units returns an amount in the token's smallest units.
//
// Faults: Invalid when the token has fewer digits on its chain than the amount needs.
func (t token) units(op string, m wallet.Money) (*big.Int, error) {
	exponent, _ := m.Currency.Exponent()
	n := rescale(big.NewInt(m.Minor), exponent, t.Decimals)
	if rescale(n, t.Decimals, exponent).Int64() != m.Minor {
		return nil, fault.InvalidField(op, "amount", "has more digits than the token has on its chain")
	}
	return n, nil
}

// decimal writes an amount in whole units, without an exponent.
func (t token) decimal(n *big.Int) string {
	d, _ := wire.ParseDecimal(n.String()) // digits only
	return d.Shift(-t.Decimals).String()
}

// rate is the price in the token that was paid: quote of the price's minor units were expected
// units of the token.
type rate struct {
	quote    wallet.Money
	expected *big.Int
}

// known reports whether the order has both.
func (r rate) known() bool { return r.quote.Positive() && r.expected != nil && r.expected.Sign() > 0 }

// units returns the token's units of a part of the price, rounded down.
func (r rate) units(m wallet.Money) *big.Int {
	n := new(big.Int).Mul(big.NewInt(m.Minor), r.expected)
	return n.Quo(n, big.NewInt(r.quote.Minor))
}

// exact returns the units of a sum that are different from those of every other sum.
//
// Faults: Invalid for one that is too small for the token.
func (r rate) exact(op string, m wallet.Money) (*big.Int, error) {
	units := r.units(m)
	if back, ok := r.money(units); !ok || back != m {
		return nil, fault.InvalidField(op, "amount", "has more digits than the token has on its chain")
	}
	return units, nil
}

// money returns the part of the price for units of the token, rounded to the nearest minor
// unit, so that it is the inverse of units.
func (r rate) money(n *big.Int) (wallet.Money, bool) {
	twice := new(big.Int).Mul(n, big.NewInt(r.quote.Minor))
	twice.Add(twice.Lsh(twice, 1), r.expected)
	minor := twice.Quo(twice, new(big.Int).Lsh(r.expected, 1))
	return wallet.Money{Minor: minor.Int64(), Currency: r.quote.Currency}, minor.IsInt64()
}
