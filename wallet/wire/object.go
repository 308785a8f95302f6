package wire

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/wallet"
)

// Object writes a JSON object member by member, in the order of the calls, so that the same
// request always has the same bytes. Text, Flag, Inner and InnerText leave out empty values;
// the other methods write every value. Names are written as they are: they must need no
// escape.
//
// Each method returns the object with the member added. The receiver must not be used again,
// since both share memory.
type Object struct{ text []byte }

// NewObject returns an object without members.
func NewObject() Object { return Object{append(make([]byte, 0, 1024), '{')} }

// Text adds a string, and nothing for an empty one. HTML characters are not escaped; bytes
// that are not UTF-8 become U+FFFD.
func (o Object) Text(name, value string) Object {
	if value == "" {
		return o
	}
	return Object{appendString(o.key(name), value)}
}

// Int adds an integer, 0 included.
func (o Object) Int(name string, value int64) Object {
	return Object{strconv.AppendInt(o.key(name), value, 10)}
}

// Number adds a number, 0 included, without an exponent and without superfluous zeros: 12.3.
func (o Object) Number(name string, value Decimal) Object {
	return Object{append(o.key(name), value.String()...)}
}

// Bool adds true or false; compare Flag.
func (o Object) Bool(name string, value bool) Object {
	return Object{strconv.AppendBool(o.key(name), value)}
}

// Flag adds true, and nothing for false.
func (o Object) Flag(name string, value bool) Object {
	if !value {
		return o
	}
	return o.Bool(name, true)
}

// Inner adds an object, and nothing for one without members.
func (o Object) Inner(name string, value Object) Object {
	if value.empty() {
		return o
	}
	return Object{append(append(o.key(name), value.text...), '}')}
}

// InnerText adds an object as a string of JSON text, and nothing for one without members.
func (o Object) InnerText(name string, value Object) Object {
	if value.empty() {
		return o
	}
	return o.Text(name, string(value.End()))
}

// List adds an array of objects, which may be empty.
func (o Object) List(name string, values ...Object) Object {
	text := append(o.key(name), '[')
	for i, value := range values {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(text, value.text...), '}')
	}
	return Object{append(text, ']')}
}

// Amount adds m as {"currency":"USD","value":"1234"}, in minor units.
func (o Object) Amount(name string, m wallet.Money) Object {
	text := append(o.key(name), `{"currency":`...)
	text = append(appendString(text, string(m.Currency)), `,"value":"`...)
	return Object{append(strconv.AppendInt(text, m.Minor, 10), `"}`...)}
}

// End returns the JSON text of the object, which is complete then.
func (o Object) End() []byte { return append(o.text, '}') }

func (o Object) empty() bool { return len(o.text) <= 1 }

func (o Object) key(name string) []byte {
	text := o.text
	if !o.empty() {
		text = append(text, ',')
	}
	text = append(append(text, '"'), name...)
	return append(text, '"', ':')
}

// appendString writes a JSON string. Text without anything to escape is copied.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c > '~' {
			quoted, _ := jsontext.AppendQuote(b, s) // the error only reports bytes that it replaced
			return quoted
		}
	}
	b = append(append(b, '"'), s...)
	return append(b, '"')
}
