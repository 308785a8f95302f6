package wire

import (
	"net/http"
	"strings"
)

// SingleHeader returns the value of a header that has exactly one, which is not empty. Of a
// header that is sent twice it is not known which value was signed.
func SingleHeader(h http.Header, name string) (string, bool) {
	values := h.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", false
	}
	return values[0], true
}

// ValidHeaderValue reports whether s, such as a configured key ID, can be sent as a header's
// value: visible ASCII characters, at least one, and no blanks.
func ValidHeaderValue(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
