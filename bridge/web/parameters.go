package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

const defaultLimit = 25

// Parameters are those of a request's query, each once and with a value.
type Parameters map[string]string

// ReadParameters reads a query. An unknown parameter is refused: a filter with a spelling
// mistake must not return what it was meant to leave out.
//
// Faults: Invalid, naming the parameter.
func ReadParameters(raw string, known []string) (Parameters, error) {
	if raw == "" {
		return nil, nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, invalid("query", "is not well formed")
	}
	var found fault.Fields
	read := make(Parameters, len(values))
	for name, list := range values {
		read[name] = list[0]
		if flaw := parameterFlaw(name, list, known); flaw != "" {
			found.Add(clip(name), flaw)
		}
	}
	slices.SortFunc(found, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return read, found.Invalid("web.ReadParameters")
}

func parameterFlaw(name string, values, known []string) string {
	switch {
	case !slices.Contains(known, name):
		return "is not a parameter of this request"
	case len(values) > 1:
		return "is there twice"
	case values[0] == "":
		return "has no value"
	case len(values[0]) > bridge.MaxParameter:
		return "is too long"
	case !IsText(values[0]):
		return "is not a text"
	}
	return ""
}

// Limit is how many entries a page has.
//
// Faults: Invalid.
func (p Parameters) Limit() (int, error) {
	text, given := p["limit"]
	if !given {
		return defaultLimit, nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n < 1 || n > bridge.MaxPage {
		return 0, invalid("limit", fmt.Sprintf("must be 1 to %d", bridge.MaxPage))
	}
	return int(n), nil
}

// Time is a parameter that is a time; zero without it.
//
// Faults: Invalid.
func (p Parameters) Time(name string) (time.Time, error) {
	text, given := p[name]
	if !given {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Unix() < 0 { // an order's id cannot hold an earlier time
		return time.Time{}, invalid(name, "must be a time such as 2026-01-31T00:00:00Z")
	}
	return at.UTC(), nil
}

// Order is a parameter that is an order's id; empty without it.
//
// Faults: Invalid.
func (p Parameters) Order(name string) (bridge.OrderID, error) {
	text, given := p[name]
	if !given {
		return "", nil
	}
	id, ok := bridge.ParseOrderID(text)
	if !ok {
		return "", invalid(name, "is not the id of an order")
	}
	return id, nil
}

// Word is a parameter that is one of a few words; empty without it.
//
// Faults: Invalid.
func Word[T ~string](p Parameters, name string, words []T) (T, error) {
	text, given := p[name]
	if !given || slices.Contains(words, T(text)) {
		return T(text), nil
	}
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	return "", invalid(name, "must be one of "+strings.Join(list, ", "))
}

// IsText says that s is UTF-8 without control characters: what every store keeps and
// every page shows unchanged.
func IsText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func invalid(name, detail string) error { return fault.InvalidField("web.Parameters", name, detail) }

// clip bounds how much of a caller's text an answer repeats.
func clip(s string) string {
	const most = 60
	s = strings.ToValidUTF8(s, "?")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
