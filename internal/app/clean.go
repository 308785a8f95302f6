package app

import (
	"io"
	"strings"
	"unicode"
)

// cleanWriter writes text to a terminal. The text contains input of servers, wallets and
// payers, so control characters and bidirectional controls are replaced.
type cleanWriter struct{ to io.Writer }

func (w cleanWriter) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.to, strings.Map(clean, string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func clean(r rune) rune {
	if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
		return unicode.ReplacementChar
	}
	return r
}
