package problem

import (
	"net/http"
	"strconv"

	"github.com/minitill/minitill/fault"
)

const keyHeader = "Idempotency-Key"

// MaxKey is how many characters an idempotency key may have.
const MaxKey = 255

// IdempotencyKey is a request's key; empty when it has none.
//
// Faults: Invalid when it is there twice, is longer than 255 characters, or has others
// than printable ASCII.
func IdempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values(keyHeader)
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1:
		return "", badKey("is there twice")
	case len(values[0]) > MaxKey:
		return "", badKey("must have at most " + strconv.Itoa(MaxKey) + " characters")
	}
	for i := range len(values[0]) {
		if c := values[0][i]; c < ' ' || c > '~' {
			return "", badKey("must be printable ASCII")
		}
	}
	return values[0], nil
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
