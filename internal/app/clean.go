package app

import (
	"io"
	"strings"
	"unicode"
)

// cleanWriter writes text for a terminal. What a server, a wallet or a payer chose is in it,
// so characters that command the terminal or turn the text around are replaced.
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
