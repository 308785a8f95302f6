package miniprogram

import (
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Bodies are written member by member in the order of the calls, so that one request always has
// one body. Empty members are left out: the family wants them absent, never "".

// amount returns money in a body, {"currency":"USD","value":"10000"}, with a number where the
// profile wants one.
func (p *Profile) amount(m wallet.Money) wire.Object {
	if !p.AmountAsNumber {
		return textAmount(m)
	}
	return wire.NewObject().Text("currency", string(m.Currency)).Int("value", m.Minor)
}

func textAmount(m wallet.Money) wire.Object {
	return wire.NewObject().Text("currency", string(m.Currency)).Text("value", m.Value())
}

// yes adds true, as text where the profile has text only, and nothing for false.
func (p *Profile) yes(o wire.Object, name string, value bool) wire.Object {
	if value && p.TextOnly {
		return o.Text(name, "true")
	}
	return o.Flag(name, value)
}

// bodyTime returns a time inside a body. It is always UTC to the second, so that one request
// has one body wherever and whenever it is written. The zero time is no text.
func bodyTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05+00:00")
}
