package index

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzText reads what people, and others, may type.
func FuzzText(f *testing.F) {
	for _, text := range []string{
		"", "ord_01K00000000000000000000000", "pay_01k00000000000000000000000-1", "1,250.00 PHP", "usd 1.2,3", "\x00\xff\u2028", "．１", "İ",
		strings.Repeat("é", 300), "zzzzzz", "77777777777777777777777777", ".,", "'", "-0", "9999999999999999999999999",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := meaningOf(text)
		if len(m.name) > maxName || !utf8.ValidString(m.name) || strings.ContainsFunc(m.name, unicode.IsControl) {
			t.Errorf("%q: got the name %q", text, m.name)
		}
		if again := normal(m.name); again != m.name && len(again) >= len(m.name) {
			t.Errorf("%q: got the name %q, and %q of that", text, m.name, again)
		}
		if (m.low == nil) != (m.high == nil) || bytes.Compare(m.low, m.high) > 0 {
			t.Errorf("%q: got ids from %x to %x", text, m.low, m.high)
		}
		for _, term := range m.terms {
			if term[0] != '@' && (term[0] != '=' || strings.Trim(term[1:], "0123456789.") != "" || plainDecimal(term[1:]) != term[1:]) {
				t.Errorf("%q: got the term %q", text, term)
			}
		}
	})
}

// FuzzCursor reads cursors from addresses.
func FuzzCursor(f *testing.F) {
	f.Add("c0-01K00000000000000000000000")
	f.Add("p17-7ZZZZZZZZZZZZZZZZZZZZZZZZZ")
	f.Add("c-1-x")
	f.Fuzz(func(t *testing.T, text string) {
		for _, by := range []Time{ByCreated, ByPaid} {
			at, err := Cursor(text).parse(by)
			if err != nil {
				continue
			}
			if back, err := at.cursor(by).parse(by); err != nil || back.compare(at) != 0 {
				t.Errorf("%q: got %+v, and %+v, %v of its cursor", text, at, back, err)
			}
		}
	})
}
