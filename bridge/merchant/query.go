package merchant

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

// parameters are those of a request's query, each once and with a value.
type parameters map[string]string

// readParameters reads a query. A parameter that is not known is refused: whoever
// misspells a filter must not be shown what it would have kept away.
//
// Faults: Invalid, naming the parameter.
func readParameters(raw string, known []string) (parameters, error) {
	if raw == "" {
		return nil, nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, invalid("query", "is not well formed")
	}
	var found fault.Fields
	read := make(parameters, len(values))
	for name, list := range values {
		read[name] = list[0]
		if flaw := parameterFlaw(name, list, known); flaw != "" {
			found.Add(clip(name), flaw)
		}
	}
	slices.SortFunc(found, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return read, found.Invalid("merchant")
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
	case !isText(values[0]):
		return "is not a text"
	}
	return ""
}

// limit is how many entries a page has.
func (p parameters) limit() (int, error) {
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

// time is a parameter that is a time; zero when it is not there.
func (p parameters) time(name string) (time.Time, error) {
	text, given := p[name]
	if !given {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Unix() < 0 { // the ids of orders know no time before
		return time.Time{}, invalid(name, "must be a time such as 2026-01-31T00:00:00Z")
	}
	return at.UTC(), nil
}

// order is a parameter that is an order's id; empty when it is not there.
func (p parameters) order(name string) (bridge.OrderID, error) {
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

// word is a parameter that is one of a few words; empty when it is not there.
func word[T ~string](p parameters, name string, words []T) (T, error) {
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

// page cuts off the one entry that was asked for beyond the limit, which tells no more
// than that there is a next page. It begins behind the last entry of this one.
func page[T any](list []T, limit int, id func(*T) string) (entries []T, next *string) {
	if len(list) <= limit {
		return list, nil
	}
	last := id(&list[limit-1])
	return list[:limit], &last
}

// cursorFault says of a list that does not know where to go on what the caller can
// mend.
func cursorFault(name string, err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return notOfList(name, err)
	}
	return err
}

func notOfList(name string, cause error) error {
	return &fault.Error{
		Kind: fault.Invalid, Op: "merchant.list", Detail: "The request is not valid.", Err: cause,
		Fields: []fault.Field{{Name: name, Detail: "is not of this list"}},
	}
}

// clip keeps what a caller made up from filling the answer.
func clip(s string) string {
	const most = 60
	s = strings.ToValidUTF8(s, "?")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// isText says that s is UTF-8 without control characters: what every store keeps and
// every page shows as it is.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
