package signing

import (
	"bytes"
	"fmt"
	"strings"
)

const minDistinctBytes = 5

// placeholders are words of sample configurations. A secret that consists of them was never
// chosen.
var placeholders = []string{
	"0123456789abcdef", "1234567890", "123456789", "12345678", "1234567", "123456", "12345", "1234", "123",
	"256", "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnop", "abcdefgh", "abcdef", "abc", "admin",
	"bit", "change", "default", "dev", "development", "dummy", "example", "fixme", "foobar", "here",
	"hmac", "in", "insert", "is", "it", "jwt", "key", "letmein", "long", "me", "minitill", "my",
	"not", "now", "placeholder", "please", "prod", "production", "password", "put", "qwerty",
	"redacted", "replace", "sample", "secret", "secure", "set", "shared", "signing", "super", "test",
	"the", "this", "to", "todo", "token", "very", "with", "your",
}

// weakness returns why a secret is refused, in words for the operator, or an empty string. It
// cannot measure entropy; it finds sample values, repetitions and sequences.
func weakness(secret Secret, minBytes int) string {
	b := secret.bytes()
	switch {
	case len(b) == 0:
		return "is empty"
	case len(b) < minBytes:
		return fmt.Sprintf("is shorter than %d bytes", minBytes)
	case distinct(b) < minDistinctBytes:
		return "repeats the same few characters"
	case isPlaceholder(b):
		return "is a placeholder, not a secret"
	case period(b) < minBytes || phrases(b) < min(len(b), measuredBytes)*3/8:
		return "repeats itself or counts on, so that it can be guessed"
	}
	return ""
}

// measuredBytes is the length up to which the required number of phrases grows. 32 random
// decimal digits, the least random secrets in use, have 16 phrases or more.
const measuredBytes = 32

// period returns after how many bytes b repeats itself, or its length when it does not.
func period(b []byte) int {
	for p := 1; p <= len(b)/2; p++ {
		if bytes.Equal(b[p:], b[:len(b)-p]) {
			return p
		}
	}
	return len(b)
}

// phrases counts the phrases of b by the algorithm of Lempel and Ziv (1978): each is the
// shortest that did not occur before, so repetitive input has few. It is applied to the
// differences of adjacent bytes, so that sequences that count up or down are repetitive too.
func phrases(b []byte) int {
	return min(distinctPhrases(b), distinctPhrases(steps(b)))
}

func steps(b []byte) []byte {
	s := make([]byte, len(b))
	for i := 1; i < len(b); i++ {
		s[i] = b[i] - b[i-1]
	}
	return s
}

func distinctPhrases(b []byte) int {
	seen := map[string]bool{}
	for start := 0; start < len(b); {
		end := start + 1
		for end < len(b) && seen[string(b[start:end])] {
			end++
		}
		seen[string(b[start:end])] = true
		start = end
	}
	return len(seen)
}

func distinct(b []byte) int {
	n := 0
	for i, c := range b {
		if bytes.IndexByte(b[:i], c) < 0 {
			n++
		}
	}
	return n
}

// isPlaceholder reports whether b, reduced to letters and digits in any case, consists of
// placeholder words.
func isPlaceholder(b []byte) bool {
	text := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r < ' ' || r > '~':
			return '?' // matches no word: binary keys are never placeholders
		}
		return -1
	}, string(b))
	cut := make([]bool, len(text)+1) // cut[i]: text[:i] is made of words
	cut[0] = true
	for i := range text {
		if !cut[i] {
			continue
		}
		for _, word := range placeholders {
			if strings.HasPrefix(text[i:], word) {
				cut[i+len(word)] = true
			}
		}
	}
	return cut[len(text)]
}
