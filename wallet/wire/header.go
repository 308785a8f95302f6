package wire

import (
	"net/http"
	"strings"
)

// SingleHeader returns a header's value when it has exactly one that is not empty. Of two values
// it is not known which one the sender meant.
func SingleHeader(h http.Header, name string) (string, bool) {
	values := h.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", false
	}
	return values[0], true
}

// ValidHeaderValue says that s can be a header's value as it is: visible ASCII characters, at least
// one, and no blanks.
func ValidHeaderValue(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
