package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/fault"
)

const defaultLimit = 25

// Parameters are those of a request's query. The methods return zero for a parameter that
// is absent or not valid; Err names all that are not valid.
type Parameters struct {
	values map[string]string
	flaws  fault.Fields
}

// Err is Invalid with the parameters that were read and are not valid, or nil.
func (p *Parameters) Err() error { return p.flaws.Invalid("web.Parameters") }

// ReadParameters reads a query. An unknown parameter is refused: a filter with a spelling
// mistake must not return what it was meant to leave out.
//
// Faults: Invalid, naming the parameter.
func ReadParameters(raw string, known []string) (*Parameters, error) {
	p := &Parameters{values: map[string]string{}}
	if raw == "" {
		return p, nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, fault.InvalidField("web.ReadParameters", "query", "is not well formed")
	}
	for name, list := range values {
		p.values[name] = list[0]
		if flaw := parameterFlaw(name, list, known); flaw != "" {
			p.flaws.Add(clip(name), flaw)
		}
	}
	slices.SortFunc(p.flaws, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return p, p.Err()
}

func parameterFlaw(name string, values, known []string) string {
	switch {
	case !slices.Contains(known, name):
		return "is not a parameter of this request"
	case len(values) > 1:
		return "is there twice"
	case values[0] == "":
		return "has no value"
	case len(values[0]) > input.MaxParameter:
		return "is too long"
	case !IsText(values[0]):
		return "is not a text"
	}
	return ""
}

// Text is a parameter without further rules.
func (p *Parameters) Text(name string) string { return p.values[name] }

// Parsed is a parameter that parse reads. flaw is what is wrong with a text that it
// refuses.
func Parsed[T any](p *Parameters, name, flaw string, parse func(string) (T, bool)) (v T) {
	text, given := p.values[name]
	if !given {
		return v
	}
	parsed, ok := parse(text)
	if !ok {
		p.flaws.Add(name, flaw)
		return v
	}
	return parsed
}

// Word is a parameter that is one of a few words.
func Word[T ~string](p *Parameters, name string, words []T) T {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	return Parsed(p, name, "must be one of "+strings.Join(list, ", "), func(s string) (T, bool) {
		return T(s), slices.Contains(words, T(s))
	})
}

// Cursor is the parameter of that name, an entry of the list for which is is true.
func (p *Parameters) Cursor(name string, is func(string) bool) string {
	return Parsed(p, name, notOfList, func(s string) (string, bool) { return s, is(s) })
}

// Order is a parameter that is an order's id.
func (p *Parameters) Order(name string) bridge.OrderID {
	return Parsed(p, name, "is not the id of an order", bridge.ParseOrderID)
}

// Time is a parameter that is a time, in UTC.
func (p *Parameters) Time(name string) time.Time {
	return Parsed(p, name, "must be a time such as 2026-01-31T00:00:00Z", func(s string) (time.Time, bool) {
		at, err := time.Parse(time.RFC3339, s)
		return at.UTC(), err == nil && at.Unix() >= 0 // an order's id cannot hold an earlier time
	})
}

// Limit is how many entries a page has.
func (p *Parameters) Limit() int {
	n := Parsed(p, "limit", fmt.Sprintf("must be 1 to %d", input.MaxPage), func(s string) (int, bool) {
		n, err := strconv.ParseUint(s, 10, 16)
		return int(n), err == nil && n >= 1 && n <= input.MaxPage
	})
	return cmp.Or(n, defaultLimit)
}

// IsText reports whether s is UTF-8 without control characters: what every store keeps and
// every page shows unchanged.
func IsText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// clip bounds how much of a caller's text an answer repeats.
func clip(s string) string {
	const most = 60
	s = strings.ToValidUTF8(s, "?")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
