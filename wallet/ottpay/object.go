package ottpay

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// errNonsense is a message that is the provider's and makes no sense.
var errNonsense = errors.New("the message makes no sense")

// object is a JSON object as it was received: names are told apart by case, none is there
// twice, and numbers keep their digits.
type object []member

type member struct {
	name  string
	value jsontext.Value
}

// parseObject reads one object and nothing behind it.
func parseObject(text []byte) (object, error) {
	in := jsontext.NewDecoder(bytes.NewReader(text))
	if token, err := in.ReadToken(); err != nil || token.Kind() != '{' {
		return nil, errNonsense
	}
	members := object{}
	for in.PeekKind() != '}' {
		name, err := in.ReadToken()
		if err != nil {
			return nil, errNonsense
		}
		key := name.String()
		value, err := in.ReadValue()
		if err != nil {
			return nil, errNonsense
		}
		members = append(members, member{key, value.Clone()})
	}
	if _, err := in.ReadToken(); err != nil {
		return nil, errNonsense
	}
	if _, err := in.ReadToken(); err != io.EOF {
		return nil, errNonsense
	}
	return members, nil
}

// has says that a member is there and not null.
func (o object) has(name string) bool { return o.value(name) != nil }

// value is a member's value, or nil where it is not there or null.
func (o object) value(name string) jsontext.Value {
	for _, m := range o {
		if m.name == name && m.value.Kind() != 'n' {
			return m.value
		}
	}
	return nil
}

// text is the first of the named members that is text or a number, as it was written, or
// empty. Documents and answers spell some names in more than one way.
func (o object) text(names ...string) string {
	for _, name := range names {
		value := o.value(name)
		switch value.Kind() {
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

// inner is a member that is an object; nil where it is none.
func (o object) inner(name string) object {
	inner, err := parseObject(o.value(name))
	if err != nil {
		return nil
	}
	return inner
}

// unquoted is the text of a JSON string.
func unquoted(value jsontext.Value) string {
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		panic(fmt.Sprintf("ottpay: a parsed string cannot be unquoted: %v", err))
	}
	return string(text)
}

// concatenated is what the digest is of: the values in the order of their names.
func (o object) concatenated(s style) (text string, ok bool) {
	var b strings.Builder
	for _, m := range slices.SortedFunc(slices.Values(o), func(x, y member) int { return byUTF16(x.name, y.name) }) {
		if !s.write(&b, m.value, 0) {
			return "", false
		}
	}
	return b.String(), true
}

// fields are the members of a request. All values are text, since the digest of text is
// the one thing that all implementations agree about; empty ones are left out.
type fields []field

type field struct{ name, value string }

func (f fields) with(name, value string) fields {
	if value == "" {
		return f
	}
	return append(f, field{name, value})
}

func (f fields) json() []byte {
	b := []byte{'{'}
	for i, m := range f {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, m.name), ':')
		b = appendQuoted(b, m.value)
	}
	return append(b, '}')
}

func (f fields) concatenated() string {
	sorted := slices.SortedFunc(slices.Values(f), func(x, y field) int { return byUTF16(x.name, y.name) })
	var b strings.Builder
	for _, m := range sorted {
		b.WriteString(m.value)
	}
	return b.String()
}

// appendQuoted writes a JSON string. Bytes that are no UTF-8 are replaced, in the digest
// too: both are made of the same text.
func appendQuoted(b []byte, text string) []byte {
	b, err := jsontext.AppendQuote(b, text)
	if err != nil {
		panic(fmt.Sprintf("ottpay: text cannot be quoted: %v", err))
	}
	return b
}
