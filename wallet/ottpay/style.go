package ottpay

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// style is how a value becomes text for the digest. The provider's own code is Java; its
// JavaScript sample and live clients differ from that, so a received digest may follow any of
// these. Strings are the same in all of them.
type style struct {
	name   string
	number func(literal string) (string, bool)
	null   string // of a member; inside an array or object it is always null
	nested bool   // arrays and objects as compact JSON, not as Java prints them
}

// styles are all combinations, the provider's own first.
var styles = allStyles()

func allStyles() (all []style) {
	for _, number := range []style{{name: "java", number: javaDouble}, {name: "javascript", number: withFraction}, {name: "literal", number: literal}} {
		for _, null := range []string{"null", ""} {
			for _, nested := range []bool{false, true} {
				s := number
				s.null, s.nested = null, nested
				all = append(all, s)
			}
		}
	}
	return all
}

// write appends a value as text; false where this style has none for it.
func (s style) write(b *strings.Builder, value jsontext.Value, depth int) bool {
	switch value.Kind() {
	case '"':
		b.WriteString(unquoted(value))
	case '0':
		text, ok := s.number(string(value))
		b.WriteString(text)
		return ok
	case 'n':
		if depth == 0 {
			b.WriteString(s.null)
			return true
		}
		b.WriteString("null")
	case '{', '[':
		if s.nested {
			return writeCompact(b, value)
		}
		return depth < maxDepth && s.writeNested(b, value, depth)
	default:
		b.WriteString(string(value)) // true and false
	}
	return true
}

// maxDepth bounds nesting. Documented messages have two levels.
const maxDepth = 16

// writeNested writes {k=v, k2=v2} and [v, v2].
func (s style) writeNested(b *strings.Builder, value jsontext.Value, depth int) bool {
	in := jsontext.NewDecoder(strings.NewReader(string(value)))
	open, err := in.ReadToken()
	if err != nil {
		return false
	}
	isObject := open.Kind() == '{'
	b.WriteString(open.String())
	for first := true; in.PeekKind() != '}' && in.PeekKind() != ']'; first = false {
		if !first {
			b.WriteString(", ")
		}
		if isObject {
			name, err := in.ReadToken()
			if err != nil {
				return false
			}
			b.WriteString(name.String() + "=")
		}
		inner, err := in.ReadValue()
		if err != nil || !s.write(b, inner.Clone(), depth+1) {
			return false
		}
	}
	closing, err := in.ReadToken()
	b.WriteString(closing.String())
	return err == nil
}

// writeCompact writes JSON without blanks and with the fewest escapes, as JavaScript does.
func writeCompact(b *strings.Builder, value jsontext.Value) bool {
	compact := value.Clone()
	if err := compact.Format(); err != nil {
		return false
	}
	b.Write(compact)
	return true
}

// javaDouble returns the number as Java's Double.toString writes it: 1 is 1.0, ten million is
// 1.0E7.
func javaDouble(literal string) (string, bool) {
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return "", false
	}
	if size := max(f, -f); size == 0 || size >= 1e-3 && size < 1e7 {
		return withPoint(strconv.FormatFloat(f, 'f', -1, 64)), true
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, 64), "E")
	n, err := strconv.Atoi(exponent)
	return withPoint(mantissa) + "E" + strconv.Itoa(n), err == nil
}

// withFraction applies the rule of the provider's JavaScript sample: a number without fraction
// and exponent gets a fraction.
func withFraction(literal string) (string, bool) {
	if strings.ContainsAny(literal, ".eE") {
		return literal, true
	}
	return literal + ".0", true
}

func literal(literal string) (string, bool) { return literal, true }

func withPoint(digits string) string {
	if strings.Contains(digits, ".") {
		return digits
	}
	return digits + ".0"
}
