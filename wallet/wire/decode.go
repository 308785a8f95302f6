package wire

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/transport"
)

const maxBody = transport.MaxBody

// ErrMalformed is a message that is not what the provider's documents describe.
var ErrMalformed = errors.New("the provider's message is malformed")

// Decode reads a JSON body into out, a pointer to a struct, strictly: one value of at most
// 1 MiB that is not null and nothing after it, no member twice, names in their exact case,
// values of the fields' types, valid UTF-8. Members that out does not have are ignored.
// Amounts, times and codes belong into fields of type Literal.
//
// Errors: ErrMalformed, which quotes nothing of the body.
func Decode(body []byte, out any) error {
	if len(body) > maxBody || jsontext.Value(body).Kind() == 'n' {
		return ErrMalformed
	}
	if err := json.Unmarshal(body, out); err != nil {
		return ErrMalformed // the decoder's text would quote the body
	}
	return nil
}

// Literal is the type for a JSON member that is text or a number. It holds the member as
// the provider wrote it: 12.34, "12.34" and 1e0 keep their spelling, a large integer keeps
// its digits. It is empty when the member is absent, null or empty text, so that an absent
// status is not read as status 0.
type Literal string

// UnmarshalJSON reads text, a number or null.
//
// Errors: ErrMalformed for anything else.
func (l *Literal) UnmarshalJSON(text []byte) error {
	switch jsontext.Value(text).Kind() {
	case 'n':
		*l = ""
	case '0':
		*l = Literal(text)
	case '"':
		plain, err := jsontext.AppendUnquote(nil, text)
		if err != nil {
			return ErrMalformed
		}
		*l = Literal(plain)
	default:
		return ErrMalformed
	}
	return nil
}

// Decimal reads the literal as a decimal number; the errors are those of ParseDecimal.
func (l Literal) Decimal() (Decimal, error) { return ParseDecimal(string(l)) }

// Major reads the literal as an amount in major units: 12.34 is 1234 minor units of USD.
//
// Errors: wallet.ErrAmount for a literal that is empty, negative or no number;
// wallet.ErrDigits, wallet.ErrOverflow and wallet.ErrCurrency as Decimal.Money has them.
func (l Literal) Major(c wallet.Currency) (wallet.Money, error) { return l.money(c, 0) }

// Minor reads the literal as an amount in minor units, with the same errors.
func (l Literal) Minor(c wallet.Currency) (wallet.Money, error) {
	exponent, _ := c.Exponent()
	return l.money(c, -exponent)
}

func (l Literal) money(c wallet.Currency, shift int) (wallet.Money, error) {
	d, err := l.Decimal()
	switch {
	case err != nil:
		return wallet.Money{}, err
	case d.negative:
		return wallet.Money{}, notNumber(string(l))
	}
	return d.Shift(shift).Money(c)
}

// Int reads the literal as an integer; ok is false for everything else, the empty literal
// included.
func (l Literal) Int() (n int64, ok bool) {
	d, err := l.Decimal()
	if err != nil {
		return 0, false
	}
	n, err = d.integer()
	return n, err == nil
}
