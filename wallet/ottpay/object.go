package ottpay

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/wallet/wire"
)

// object is a JSON object as it was received: names are case-sensitive and unique, and numbers
// keep their digits.
type object map[string]jsontext.Value

// parseObject reads one object and nothing after it.
func parseObject(text []byte) (object, error) {
	var o object
	if err := wire.Decode(text, &o); err != nil {
		return nil, wire.ErrMalformed
	}
	return o, nil
}

// text returns the first of the named members that is text or a number, as it was written, or
// an empty string. Documents and answers spell some names in several ways.
func (o object) text(names ...string) string {
	for _, name := range names {
		switch value := o[name]; value.Kind() {
		case '"':
			if text := unquoted(value); text != "" {
				return text
			}
		case '0':
			return string(value)
		}
	}
	return ""
}

// inner returns a member that is an object; nil where it is none.
func (o object) inner(name string) object {
	inner, err := parseObject(o[name])
	if err != nil {
		return nil
	}
	return inner
}

// unquoted returns the text of a JSON string.
func unquoted(value jsontext.Value) string {
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		panic(fmt.Sprintf("ottpay: a parsed string cannot be unquoted: %v", err))
	}
	return string(text)
}

// concatenated returns the input of the digest: the values in the order of their names.
func (o object) concatenated(s style) (text string, ok bool) {
	var b strings.Builder
	for _, name := range slices.SortedFunc(maps.Keys(o), byUTF16) {
		if !s.write(&b, o[name], 0) {
			return "", false
		}
	}
	return b.String(), true
}

// fields are the members of a request. All values are text, since the digest of text is the
// same in all implementations; empty ones are left out.
type fields []field

type field struct{ name, value string }

// with adds a member. Bytes that are no UTF-8 are replaced, so that the digest is that of what
// is sent.
func (f fields) with(name, value string) fields {
	if value == "" {
		return f
	}
	return append(f, field{name, strings.ToValidUTF8(value, "\uFFFD")})
}

func (f fields) json() []byte {
	o := wire.NewObject()
	for _, m := range f {
		o = o.Text(m.name, m.value)
	}
	return o.End()
}

func (f fields) concatenated() string {
	var b strings.Builder
	for _, m := range slices.SortedFunc(slices.Values(f), func(x, y field) int { return byUTF16(x.name, y.name) }) {
		b.WriteString(m.value)
	}
	return b.String()
}
