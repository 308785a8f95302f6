package design

import (
	"html/template"
	"strings"
	"unicode/utf8"
)

// isoDigits is how many decimals a currency of ISO 4217 has at most. What has more is a token.
const isoDigits = 4

// Money is an amount as an element that never breaks inside, whatever its length. The
// value attribute keeps all digits; money.js writes the text the way the reader does.
func Money(decimal, currency string) template.HTML {
	text := withoutPadding(decimal) + " " + currency
	escaped := template.HTMLEscapeString
	return template.HTML(`<data class="` + moneyClass(text) + `" dir="ltr" value="` + escaped(decimal) +
		`" data-currency="` + escaped(currency) + `">` + escaped(text) + `</data>`)
}

// withoutPadding drops the zeros that fill up a token's decimals: 100, 12.30 and 0.015
// are written so, and not with six digits or nine.
func withoutPadding(decimal string) string {
	whole, fraction, _ := strings.Cut(decimal, ".")
	if len(fraction) <= isoDigits {
		return decimal
	}
	switch fraction = strings.TrimRight(fraction, "0"); len(fraction) {
	case 0:
		return whole
	case 1:
		fraction += "0"
	}
	return whole + "." + fraction
}

// moneyLengths are the lengths in characters for which design.css has a size of text; an
// amount of up to plainLength characters needs none. money.js has the same sizes.
var moneyLengths = []struct {
	most  int
	class string
}{{13, "money--13"}, {16, "money--16"}, {20, "money--20"}, {26, "money--26"}}

const plainLength = 10

// moneyClass chooses the size of an amount's text so that it fits a screen of 320 px.
func moneyClass(text string) string {
	length := utf8.RuneCountInString(text)
	if length <= plainLength {
		return "money"
	}
	for _, l := range moneyLengths {
		if length <= l.most {
			return "money " + l.class
		}
	}
	return "money money--36"
}
