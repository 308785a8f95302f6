package wire

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/minitill/minitill/wallet"
)

// The limits of a decimal number: more than any token on any chain needs.
const (
	mostDigits   = 100
	mostExponent = 1000
)

// Decimal is an exact decimal number of at most 100 digits. Two Decimals of the same number
// are equal by ==, however they were written. The zero value is 0.
type Decimal struct {
	negative bool
	digits   string // without zeros at either end; empty for 0
	exponent int    // the number is digits × 10^exponent
}

// ParseDecimal reads a number in any spelling of JSON: 1, 1.0, 1e0, -0.01.
//
// Errors: wallet.ErrAmount for text that is no JSON number; wallet.ErrOverflow for a number
// of more than 100 digits or with an exponent beyond ±1000.
func ParseDecimal(s string) (Decimal, error) {
	rest, negative := strings.CutPrefix(s, "-")
	whole, rest := leadingDigits(rest)
	var fraction string
	if after, point := strings.CutPrefix(rest, "."); point {
		if fraction, rest = leadingDigits(after); fraction == "" {
			return Decimal{}, notNumber(s)
		}
	}
	exponent, ok := parseExponent(rest)
	if !ok || whole == "" || len(whole) > 1 && whole[0] == '0' {
		return Decimal{}, notNumber(s)
	}
	return makeDecimal(negative, whole+fraction, exponent-len(fraction))
}

// Major returns m in major units: 12.34 for 1234 minor units of USD.
func Major(m wallet.Money) Decimal {
	exponent, _ := m.Currency.Exponent()
	return Integer(m.Minor).Shift(-exponent)
}

// Integer returns n as a Decimal.
func Integer(n int64) Decimal {
	digits, negative := strings.CutPrefix(strconv.FormatInt(n, 10), "-")
	d, _ := makeDecimal(negative, digits, 0) // an int64 has few digits
	return d
}

func notNumber(s string) error { return fmt.Errorf("%w: %q", wallet.ErrAmount, Clip(s)) }

func leadingDigits(s string) (digits, rest string) {
	rest = strings.TrimLeft(s, "0123456789")
	return s[:len(s)-len(rest)], rest
}

// parseExponent reads what follows the digits of a number. An exponent beyond int becomes
// one that makeDecimal refuses.
func parseExponent(s string) (exponent int, ok bool) {
	if s == "" {
		return 0, true
	}
	sign := 1
	digits := strings.TrimPrefix(s[1:], "+")
	if rest, negative := strings.CutPrefix(s[1:], "-"); negative {
		sign, digits = -1, rest
	}
	if s[0] != 'e' && s[0] != 'E' || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > 1<<20 {
		n = 1 << 30
	}
	return sign * n, true
}

// makeDecimal normalizes a number, so that equal numbers are equal by ==.
func makeDecimal(negative bool, digits string, exponent int) (Decimal, error) {
	digits = strings.TrimLeft(digits, "0")
	trimmed := strings.TrimRight(digits, "0")
	if trimmed == "" {
		return Decimal{}, nil
	}
	exponent += len(digits) - len(trimmed)
	if len(trimmed) > mostDigits || exponent > mostExponent || exponent < -mostExponent {
		return Decimal{}, fmt.Errorf("%w: a number of %d digits", wallet.ErrOverflow, len(trimmed))
	}
	return Decimal{negative: negative, digits: trimmed, exponent: exponent}, nil
}

// Shift returns d × 10^places.
func (d Decimal) Shift(places int) Decimal {
	if d.digits != "" {
		d.exponent += places
	}
	return d
}

// Compare returns -1 where d is less than e, 0 where they are equal, and 1 otherwise.
func (d Decimal) Compare(e Decimal) int {
	if c := cmp.Compare(d.sign(), e.sign()); c != 0 {
		return c
	}
	c := cmp.Compare(len(d.digits)+d.exponent, len(e.digits)+e.exponent)
	if c == 0 {
		c = cmp.Compare(d.digits, e.digits) // both begin at the same place
	}
	return c * d.sign()
}

func (d Decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}

// String returns the number without an exponent and without superfluous zeros: "12.3".
func (d Decimal) String() string {
	if d.digits == "" {
		return "0"
	}
	var sign string
	if d.negative {
		sign = "-"
	}
	point := len(d.digits) + d.exponent
	switch {
	case d.exponent >= 0:
		return sign + d.digits + strings.Repeat("0", d.exponent)
	case point <= 0:
		return sign + "0." + strings.Repeat("0", -point) + d.digits
	}
	return sign + d.digits[:point] + "." + d.digits[point:]
}

// Money reads d as an amount of c in major units.
//
// Errors: wallet.ErrCurrency for an unknown currency; wallet.ErrDigits for more decimal
// digits than the currency has, trailing zeros not counted; wallet.ErrOverflow beyond int64.
func (d Decimal) Money(c wallet.Currency) (wallet.Money, error) {
	exponent, known := c.Exponent()
	if !known {
		return wallet.Money{}, c.Valid()
	}
	minor, err := d.Shift(exponent).integer()
	if err != nil {
		return wallet.Money{}, fmt.Errorf("%w: %s %s", err, Clip(d.String()), c)
	}
	return wallet.Money{Minor: minor, Currency: c}, nil
}

// integer returns the number as an int64.
//
// Errors: wallet.ErrDigits, wallet.ErrOverflow.
func (d Decimal) integer() (int64, error) {
	switch {
	case d.digits != "" && d.exponent < 0:
		return 0, wallet.ErrDigits
	case len(d.digits)+d.exponent > len("9223372036854775808"):
		return 0, wallet.ErrOverflow
	}
	n, err := strconv.ParseInt(d.String(), 10, 64)
	if err != nil {
		return 0, wallet.ErrOverflow
	}
	return n, nil
}
