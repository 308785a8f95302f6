package wallet

import "strings"

// TextFlaw returns why a text of a caller is refused, or an empty string: it contains the
// number of a payment card, which must not be stored, or bidirectional control characters,
// with which it reads as something else.
func TextFlaw(text string) string {
	switch {
	case HasCardNumber(text):
		return "must not have a payment card's number in it"
	case strings.ContainsFunc(text, turnsWriting):
		return "must have no controls of the writing direction"
	}
	return ""
}

// turnsWriting reports whether r embeds, overrides or isolates a writing direction. The marks
// that Arabic and Hebrew texts need do not.
func turnsWriting(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}
