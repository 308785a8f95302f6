package simulator

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
)

const (
	idRunes     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	maxURL      = 1024
	maxDigits   = 16 // of an amount's value
	positiveInt = "must be a string of 1 to 16 digits, an integer above zero in the smallest unit"
)

// field is one rule about a call's body.
type field struct {
	path  string
	must  bool
	check func(p *profile, n node) (flaw string) // of a value that is present
}

// must is f for a field that has to be there.
func must(f field) field {
	f.must = true
	return f
}

// textField is a string of at most so many characters.
func textField(path string, most int) field {
	return field{path: path, check: func(_ *profile, n node) string {
		if n.kind != '"' || utf8.RuneCountInString(n.text) > most {
			return fmt.Sprintf("must be a string of at most %d characters", most)
		}
		return ""
	}}
}

// idField is a name that one of the two sides gave something.
func idField(path string) field {
	return field{path: path, check: func(_ *profile, n node) string {
		if n.kind != '"' || n.text == "" || len(n.text) > 64 || strings.Trim(n.text, idRunes) != "" {
			return "must be 1 to 64 letters, digits, '-' and '_'"
		}
		return ""
	}}
}

func linkField(path string) field {
	return field{path: path, check: func(_ *profile, n node) string {
		if n.kind != '"' || len(n.text) > maxURL || !provider.WebURL(n.text) {
			return "must be an http or https URL of at most 1024 characters"
		}
		return ""
	}}
}

func timeField(path string) field {
	return field{path: path, check: func(_ *profile, n node) string {
		if _, err := parseTime(n.text); n.kind != '"' || err != nil {
			return "must be a time such as 2026-01-02T10:45:00+08:00"
		}
		return ""
	}}
}

func objectField(path string) field {
	return field{path: path, check: func(_ *profile, n node) string {
		if n.kind != '{' {
			return "must be an object"
		}
		return ""
	}}
}

// jsonField is an object written into a string.
func jsonField(path string, most int) field {
	return field{path: path, check: func(_ *profile, n node) string {
		if n.kind != '"' || utf8.RuneCountInString(n.text) > most {
			return fmt.Sprintf("must be JSON text of at most %d characters", most)
		}
		if _, err := parse([]byte(n.text)); err != nil {
			return "must be the text of a JSON object"
		}
		return ""
	}}
}

// moneyField is an amount above zero.
func moneyField(path string) field { return field{path: path, check: amountFlaw} }

func amountFlaw(p *profile, n node) string {
	value := n.at("value")
	switch {
	case n.kind != '{':
		return "must be an object with currency and value"
	case value.kind == '0' && !p.numbersIn, value.kind != '"' && value.kind != '0':
		return positiveInt
	case len(value.text) > maxDigits:
		return positiveInt
	case len(n.str("currency")) != 3 || wallet.Currency(n.str("currency")).Valid() != nil:
		return "must have a currency of ISO 4217"
	}
	if m, err := wallet.ParseMinor(wallet.Currency(n.str("currency")), value.text); err != nil || !m.Positive() {
		return positiveInt
	}
	return ""
}

// moneyAt reads an amount that was checked.
func (n node) moneyAt(path string) wallet.Money {
	m, _ := wallet.ParseMinor(wallet.Currency(n.str(path+".currency")), n.at(path).at("value").text)
	return m
}

// orderField is the order of the oldest dialect: JSON text, and its amount JSON text
// once more.
func orderField(path string) field {
	return field{path: path, check: func(p *profile, n node) string {
		order, err := parse([]byte(n.text))
		if n.kind != '"' || err != nil {
			return "must be the text of a JSON object"
		}
		inner := order.at("orderAmount")
		if !inner.present() {
			return ""
		}
		sum, err := parse([]byte(inner.text))
		if inner.kind != '"' || err != nil || amountFlaw(p, sum) != "" {
			return "must have its orderAmount as the text of an amount"
		}
		return ""
	}}
}

// inspect checks a body against the rules of an endpoint.
func (p *profile) inspect(e endpoint, n node) *result {
	if path := n.notText(""); p.textScalars && path != "" {
		return illegal(path, "must be a string that is not empty")
	}
	for _, f := range p.fields[e] {
		found := n.at(f.path)
		switch {
		case !found.present() && !f.must:
		case !found.present() || found.kind == '"' && found.text == "" && f.must:
			return illegal(f.path, "is missing")
		default:
			if flaw := f.check(p, found); flaw != "" {
				return illegal(f.path, flaw)
			}
		}
	}
	return nil
}
