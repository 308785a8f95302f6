package wallet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The ways in which an amount can be wrong.
var (
	ErrCurrency = errors.New("unknown currency")
	ErrAmount   = errors.New("not an amount")
	ErrDigits   = errors.New("more decimal digits than the currency has")
	ErrOverflow = errors.New("amount out of range")
	ErrMixed    = errors.New("amounts in different currencies")
)

// Money is an amount in the minor unit of one currency. It is comparable with ==. The zero
// value is no amount in no currency, which a wallet returns where its provider does not report one.
type Money struct {
	Minor    int64 // 1234 is 12.34 USD, 1234 JPY and 1.234 KWD
	Currency Currency
}

// ParseMinor reads an amount in minor units: an optional minus sign, digits, nothing else.
//
// Errors: ErrCurrency, ErrAmount, ErrOverflow.
func ParseMinor(currency Currency, s string) (Money, error) {
	if err := currency.Valid(); err != nil {
		return Money{}, err
	}
	minor, err := parseInteger(s)
	return Money{minor, currency}, err
}

// ParseDecimal reads an amount in major units, such as "12.34" or "12". Digits beyond the
// currency's exponent are refused even when they are zero, because a sender who
// writes them means another currency or another scale.
//
// Errors: ErrCurrency, ErrAmount, ErrDigits, ErrOverflow.
func ParseDecimal(currency Currency, s string) (Money, error) {
	return parseDecimal(currency, s, false)
}

// ParseDecimalLax is ParseDecimal for providers that write more zeros than the
// currency has, as in "1.000" USD. Other surplus digits are still refused.
func ParseDecimalLax(currency Currency, s string) (Money, error) {
	return parseDecimal(currency, s, true)
}

func parseDecimal(currency Currency, s string, lax bool) (Money, error) {
	exponent, ok := currency.Exponent()
	if !ok {
		return Money{}, currency.Valid()
	}
	whole, fraction, point := strings.Cut(s, ".")
	if point && fraction == "" || whole == "" || whole == "-" {
		return Money{}, fmt.Errorf("%w: %q", ErrAmount, clip(s))
	}
	if lax && len(fraction) > exponent && strings.Trim(fraction[exponent:], "0") == "" {
		fraction = fraction[:exponent]
	}
	if len(fraction) > exponent {
		return Money{}, fmt.Errorf("%w: %q has %d, %s has %d", ErrDigits, clip(s), len(fraction), currency, exponent)
	}
	if strings.ContainsAny(fraction, "+-") {
		return Money{}, fmt.Errorf("%w: %q", ErrAmount, clip(s))
	}
	minor, err := parseInteger(whole + fraction + strings.Repeat("0", exponent-len(fraction)))
	return Money{minor, currency}, err
}

// parseInteger is strconv.ParseInt that refuses a plus sign, underscores and spaces.
func parseInteger(s string) (int64, error) {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, fmt.Errorf("%w: %q", ErrAmount, clip(s))
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %q", ErrOverflow, clip(s))
	}
	return n, nil
}

func clip(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// Value returns the amount in minor units, as text: "1234".
func (m Money) Value() string { return strconv.FormatInt(m.Minor, 10) }

// Decimal returns the amount in major units with all digits of the currency: "12.30".
func (m Money) Decimal() string {
	exponent, _ := m.Currency.Exponent()
	if exponent == 0 {
		return m.Value()
	}
	var sign string
	digits := m.Value()
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if short := exponent + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	point := len(digits) - exponent
	return sign + digits[:point] + "." + digits[point:]
}

// String returns the amount for people and logs: "12.34 USD".
func (m Money) String() string { return m.Decimal() + " " + string(m.Currency) }

// IsZero reports whether the amount is 0, in whatever currency.
func (m Money) IsZero() bool { return m.Minor == 0 }

// Positive reports whether the amount is greater than 0.
func (m Money) Positive() bool { return m.Minor > 0 }

// Zero returns an amount of 0 in m's currency.
func (m Money) Zero() Money { return Money{0, m.Currency} }

// Add returns m + n.
//
// Errors: ErrMixed for two currencies, ErrOverflow beyond int64.
func (m Money) Add(n Money) (Money, error) {
	if m.Currency != n.Currency {
		return Money{}, fmt.Errorf("%w: %s and %s", ErrMixed, m.Currency, n.Currency)
	}
	sum := m.Minor + n.Minor
	if (sum > m.Minor) != (n.Minor > 0) {
		return Money{}, fmt.Errorf("%w: %s + %s", ErrOverflow, m, n)
	}
	return Money{sum, m.Currency}, nil
}

// Sub returns m - n, with the same errors.
func (m Money) Sub(n Money) (Money, error) {
	if m.Currency != n.Currency {
		return Money{}, fmt.Errorf("%w: %s and %s", ErrMixed, m.Currency, n.Currency)
	}
	difference := m.Minor - n.Minor
	if (difference < m.Minor) != (n.Minor > 0) {
		return Money{}, fmt.Errorf("%w: %s - %s", ErrOverflow, m, n)
	}
	return Money{difference, m.Currency}, nil
}

// Times returns m × n, such as a unit price times a quantity.
//
// Errors: ErrOverflow.
func (m Money) Times(n int64) (Money, error) {
	product := m.Minor * n
	if m.Minor != 0 && (product/m.Minor != n || m.Minor == -1 && n == math.MinInt64) {
		return Money{}, fmt.Errorf("%w: %s × %d", ErrOverflow, m, n)
	}
	return Money{product, m.Currency}, nil
}

// Compare returns -1 where m is less than n, 0 where they are equal, and 1 otherwise. It
// panics on two currencies, which have no order: compare Currency first.
func (m Money) Compare(n Money) int {
	if m.Currency != n.Currency {
		panic("wallet: comparing " + string(m.Currency) + " with " + string(n.Currency))
	}
	switch {
	case m.Minor < n.Minor:
		return -1
	case m.Minor > n.Minor:
		return 1
	}
	return 0
}

type moneyJSON struct {
	Currency Currency `json:"currency"`
	Value    string   `json:"value,omitempty"`
	Decimal  string   `json:"decimal,omitempty"`
}

// appendJSON appends the JSON form of m to b:
// {"currency":"USD","value":"1234","decimal":"12.34"}.
func (m Money) appendJSON(b []byte) []byte {
	b = append(b, `{"currency":"`...)
	b = append(b, m.Currency...)
	b = append(b, `","value":"`...)
	b = strconv.AppendInt(b, m.Minor, 10)
	b = append(b, `","decimal":"`...)
	b = append(b, m.Decimal()...)
	return append(b, `"}`...)
}

// MarshalJSON writes both the minor units and the decimal.
func (m Money) MarshalJSON() ([]byte, error) {
	if m.Currency == "" && m.Minor == 0 {
		return []byte("null"), nil
	}
	if err := m.Currency.Valid(); err != nil {
		return nil, err
	}
	return m.appendJSON(make([]byte, 0, 64)), nil
}

// UnmarshalJSON reads {"currency", "value"} or {"currency", "decimal"}, or both
// when they agree. JSON numbers are refused: as text, no parser turns an amount into a float.
func (m *Money) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*m = Money{}
		return nil
	}
	if own, ok := parseOwn(data); ok {
		*m = own
		return nil
	}
	var w moneyJSON
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return fmt.Errorf("%w: %w", ErrAmount, err)
	}
	parsed, err := w.parse()
	if err != nil {
		return err
	}
	*m = parsed
	return nil
}

// parseOwn reads what appendJSON wrote, byte for byte. A stored order holds a dozen amounts,
// and a JSON decoder for each would take longer than decoding the rest of the order.
func parseOwn(data []byte) (Money, bool) {
	rest, ok := bytes.CutPrefix(data, []byte(`{"currency":"`))
	if !ok {
		return Money{}, false
	}
	currency, rest, _ := bytes.Cut(rest, []byte(`","value":"`))
	value, _, ok := bytes.Cut(rest, []byte(`"`))
	if !ok {
		return Money{}, false
	}
	m, err := ParseMinor(Currency(currency), string(value))
	if err != nil {
		return Money{}, false
	}
	var room [96]byte
	return m, bytes.Equal(m.appendJSON(room[:0]), data)
}

func (w moneyJSON) parse() (Money, error) {
	switch {
	case w.Value == "" && w.Decimal == "":
		return Money{}, fmt.Errorf("%w: value or decimal is required", ErrAmount)
	case w.Decimal == "":
		return ParseMinor(w.Currency, w.Value)
	case w.Value == "":
		return ParseDecimal(w.Currency, w.Decimal)
	}
	value, err := ParseMinor(w.Currency, w.Value)
	if err != nil {
		return Money{}, err
	}
	decimal, err := ParseDecimal(w.Currency, w.Decimal)
	if err != nil {
		return Money{}, err
	}
	if value != decimal {
		return Money{}, fmt.Errorf("%w: value and decimal differ", ErrAmount)
	}
	return value, nil
}
