package index

import (
	"slices"
	"strings"
	"unicode"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/wallet"
)

// meaning is everything that a text may mean. An order matches when any of it does.
type meaning struct {
	all   bool     // an empty text
	terms []string // of lists: an amount, a payer
	// currency narrows the amounts; empty selects all currencies.
	currency wallet.Currency
	name     string // a reference or a wallet's id, or their beginning
	// low and high bound the ids that begin with the text; both are nil when it begins none.
	low, high []byte
}

// meaningOf finds what a text may mean.
func meaningOf(text string) meaning {
	name := normal(text)
	if name == "" {
		return meaning{all: true}
	}
	m := meaning{name: name, terms: []string{payerTerm(payerDigest(name))}}
	m.low, m.high = idsFrom(name)
	amounts, currency := readAmounts(text)
	for _, decimal := range amounts {
		m.terms = append(m.terms, amountTerm(decimal))
	}
	m.currency = currency
	return m
}

// maxName bounds the texts under which an order is found, in bytes.
const maxName = 255

// normal returns a text as texts are compared: without case, spaces and control characters.
func normal(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
	if len(text) > maxName {
		text = strings.ToValidUTF8(text[:maxName], "")
	}
	return text
}

// The kinds of ids that begin with an order's.
var idPrefixes = []string{"ord_", "pay_", "rfd_", "evt_", "dlv_"}

const (
	coreLength = 26
	// shortestCore is how much of an id must be there when it has no prefix.
	shortestCore = 6
)

// idsFrom returns the bounds of the orders' ids that a text begins: it is an id of an order,
// payment, refund, event or delivery, or the request id that a wallet knows, or its beginning.
func idsFrom(name string) (low, high []byte) {
	core, shortest := name, shortestCore
	for _, prefix := range idPrefixes {
		if rest, found := strings.CutPrefix(name, prefix); found {
			core, shortest = rest, 1
		}
	}
	core = strings.ToUpper(core)
	if len(core) > coreLength {
		core = core[:coreLength]
	}
	if len(core) < shortest || strings.Trim(core, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" || core[0] > '7' {
		return nil, nil
	}
	rest := coreLength - len(core)
	first, _ := ulid.ParseStrict(core + strings.Repeat("0", rest))
	last, _ := ulid.ParseStrict(core + strings.Repeat("Z", rest))
	return first[:], last[:]
}

// readAmounts returns the decimals that a text may mean, and its currency if it names one:
// "12.50", "12,50", "1 250,00", "1,250 PHP", "PHP 1250". One comma or point before three
// digits may be of a fraction or of thousands.
func readAmounts(text string) (decimals []string, currency wallet.Currency) {
	text = strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\'' || r == '’' {
			return -1
		}
		return r
	}, text))
	digits := strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	code := strings.Replace(text, digits, "", 1)
	if digits == "" || len(digits) > 24 || strings.Trim(digits, "0123456789.,") != "" || strings.Trim(digits, ".,") == "" {
		return nil, ""
	}
	if code != "" && wallet.Currency(code).Valid() != nil {
		return nil, ""
	}
	return decimalsOf(digits), wallet.Currency(code)
}

// decimalsOf returns the plain decimals that digits with commas and points may mean.
func decimalsOf(digits string) (found []string) {
	last := strings.LastIndexAny(digits, ".,")
	if last < 0 {
		return []string{plainDecimal(digits)}
	}
	separator := digits[last : last+1]
	other := strings.Trim(".,", separator)
	whole, fraction := digits[:last], digits[last+1:]
	if !strings.Contains(whole, separator) && grouped(whole, other) {
		found = append(found, plainDecimal(strings.ReplaceAll(whole, other, "")+"."+fraction))
	}
	if !strings.Contains(whole, other) && grouped(digits, separator) {
		found = append(found, plainDecimal(strings.ReplaceAll(digits, separator, "")))
	}
	return slices.Compact(found)
}

// grouped reports whether a separator, where it is, stands before every three digits.
func grouped(digits, separator string) bool {
	groups := strings.Split(digits, separator)
	for _, group := range groups[1:] {
		if len(group) != 3 {
			return false
		}
	}
	return len(groups) == 1 || len(groups[0]) >= 1 && len(groups[0]) <= 3
}
