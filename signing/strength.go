package signing

import (
	"bytes"
	"fmt"
	"strings"
)

const minDistinctBytes = 5

// placeholders are the words that stand where a secret should be. A secret made of
// nothing else was never chosen by anybody.
var placeholders = []string{
	"0123456789abcdef", "1234567890", "123456789", "12345678", "1234567", "123456", "12345", "1234", "123",
	"256", "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnop", "abcdefgh", "abcdef", "abc", "admin",
	"bit", "change", "default", "dev", "development", "dummy", "example", "fixme", "foobar", "here",
	"hmac", "in", "insert", "is", "it", "jwt", "key", "letmein", "long", "me", "minitill", "my",
	"not", "now", "placeholder", "please", "prod", "production", "password", "put", "qwerty",
	"redacted", "replace", "sample", "secret", "secure", "set", "shared", "signing", "super", "test",
	"the", "this", "to", "todo", "token", "very", "with", "your",
}

// weakness says in words fit to show why a secret is no secret, or nothing when no
// reason is evident. It cannot measure entropy; it catches what people leave in place.
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

// measuredBytes is the length up to which the phrases of a secret grow with it. Of 32
// random decimal digits, the least of what people use, 16 phrases and more are made.
const measuredBytes = 32

// period is after how many bytes b begins anew, or its length when it does not.
func period(b []byte) int {
	for p := 1; p <= len(b)/2; p++ {
		if bytes.Equal(b[p:], b[:len(b)-p]) {
			return p
		}
	}
	return len(b)
}

// phrases counts the phrases from which b is built, as Lempel and Ziv did in 1978: each is
// the shortest that was not there before. What repeats has few. Steps from byte to byte
// count in place of the bytes, so that what counts up or down repeats, too.
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

// isPlaceholder says whether b, letters and digits only and in any case, can be cut
// into placeholder words without a rest.
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
