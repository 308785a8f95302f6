package simulator

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/minitill/minitill/wallet"
)

// plainNumber is a JSON number in major units as the documents write it.
var plainNumber = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// parseMajor reads an amount in major units that is a number without an exponent, and not
// text.
func parseMajor(text json.RawMessage, currency wallet.Currency) (wallet.Money, bool) {
	if !plainNumber.Match(text) {
		return wallet.Money{}, false
	}
	m, err := wallet.ParseDecimalLax(currency, string(text))
	return m, err == nil && m.Positive()
}

// parseInteger reads an amount that is a plain integer in the direct dialect's unit.
func parseInteger(text json.RawMessage, currency wallet.Currency, major bool) (wallet.Money, bool) {
	if !plainNumber.Match(text) || strings.Contains(string(text), ".") {
		return wallet.Money{}, false
	}
	read := wallet.ParseMinor
	if major {
		read = wallet.ParseDecimal
	}
	m, err := read(currency, string(text))
	return m, err == nil && m.Positive()
}

// major writes an amount in major units without superfluous zeros.
func major(m wallet.Money) json.RawMessage {
	text := m.Decimal()
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return json.RawMessage(text)
}

// quoted is a number as text.
func quoted(number json.RawMessage) json.RawMessage {
	if len(number) == 0 {
		return nil
	}
	return json.RawMessage(`"` + string(number) + `"`)
}
