package miniprogram

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/minitill/minitill/wallet"
)

// object writes a JSON object member by member, in the order of the calls, so that one
// request has one body for ever. Empty members are left out: the family wants them
// absent, never "".
type object []byte

func newObject() object { return append(make(object, 0, 1024), '{') }

func (o object) key(name string) object {
	if len(o) > 1 {
		o = append(o, ',')
	}
	o = append(append(o, '"'), name...)
	return append(o, '"', ':')
}

func (o object) text(name, value string) object {
	if value == "" {
		return o
	}
	return appendString(o.key(name), value)
}

// words is text for people, cut to what the wallet takes.
func (o object) words(name, value string, most int) object {
	return o.text(name, cut(value, most))
}

func (o object) yes(name string, value, asText bool) object {
	switch {
	case !value:
		return o
	case asText:
		return o.text(name, "true")
	}
	return append(o.key(name), "true"...)
}

func (o object) time(name string, value time.Time) object {
	if value.IsZero() {
		return o
	}
	return o.text(name, bodyTime(value))
}

func (o object) money(name string, value wallet.Money, asNumber bool) object {
	return append(o.key(name), encodeMoney(value, asNumber)...)
}

// inner adds an object, unless it is empty.
func (o object) inner(name string, value object) object {
	if len(value) <= 1 {
		return o
	}
	return append(o.key(name), value.end()...)
}

// innerText adds an object as JSON text, unless it is empty.
func (o object) innerText(name string, value object) object {
	if len(value) <= 1 {
		return o
	}
	return o.text(name, string(value.end()))
}

func (o object) end() []byte { return append(o, '}') }

// encodeMoney is {"currency":"USD","value":"10000"}, with a number where the profile
// wants one.
func encodeMoney(m wallet.Money, asNumber bool) []byte {
	o := newObject().text("currency", string(m.Currency))
	if asNumber {
		return append(strconv.AppendInt(o.key("value"), m.Minor, 10), '}')
	}
	return o.text("value", m.Value()).end()
}

// appendString writes a JSON string; only text with something to escape takes the
// slower way.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c > '~' {
			quoted, err := json.Marshal(s)
			if err != nil {
				panic(err) // a string always encodes
			}
			return append(b, quoted...)
		}
	}
	b = append(append(b, '"'), s...)
	return append(b, '"')
}

// cut bounds text to a number of characters, which are not bytes: the family's limits
// count characters, and half of one is not UTF-8.
func cut(s string, most int) string {
	count := 0
	for i := range s {
		if count == most {
			return s[:i]
		}
		count++
	}
	return s
}
