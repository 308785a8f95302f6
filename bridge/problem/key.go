package problem

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const keyHeader = "Idempotency-Key"

// MaxKey is how many characters an idempotency key may have.
const MaxKey = 255

// IdempotencyKey is a request's key; empty when it has none. It is a string as structured
// fields write it, in quotes (RFC 9651), or the same without quotes: "k1" and k1 are one
// key.
//
// Faults: Invalid when it is there twice, is malformed or longer than 255 characters, or has
// others than printable ASCII or a payment card's number in it.
func IdempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values(keyHeader)
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1:
		return "", badKey("is there twice")
	}
	key := strings.Trim(values[0], " ")
	if strings.Contains(key, `"`) {
		var ok bool
		if key, ok = unquote(key); !ok {
			return "", badKey(`must be a text without quotes, or one in quotes whose " and \ have a \ before them, and nothing else`)
		}
	}
	switch {
	case len(key) > MaxKey:
		return "", badKey("must have at most " + strconv.Itoa(MaxKey) + " characters")
	case strings.IndexFunc(key, func(c rune) bool { return c < ' ' || c > '~' }) >= 0:
		return "", badKey("must be printable ASCII")
	}
	if flaw := wallet.TextFlaw(key); flaw != "" {
		return "", badKey(flaw)
	}
	return key, nil
}

// unquote returns the text of a structured field's string that is not empty. Parameters
// behind it are refused: none has a meaning here.
func unquote(field string) (string, bool) {
	inner, opened := strings.CutPrefix(field, `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	text := make([]byte, 0, len(inner))
	for i := 0; i < len(inner); i++ {
		c := inner[i]
		if c == '\\' {
			if i++; i == len(inner) || inner[i] != '"' && inner[i] != '\\' {
				return "", false
			}
			c = inner[i]
		} else if c == '"' {
			return "", false
		}
		text = append(text, c)
	}
	return string(text), opened && closed && len(text) > 0
}

// RequiredKey is IdempotencyKey where a request must have one.
func RequiredKey(r *http.Request) (string, error) {
	key, err := IdempotencyKey(r)
	if err == nil && key == "" {
		err = badKey("is required")
	}
	return key, err
}

func badKey(detail string) error {
	return fault.InvalidField("problem.IdempotencyKey", keyHeader, detail)
}
