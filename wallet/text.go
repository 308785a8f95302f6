package wallet

import "strings"

// TextFlaw says why a text of a caller's is neither kept nor shown, or nothing: it has a
// payment card's number in it, which we must not store, or controls of the writing
// direction, with which it reads as something else.
func TextFlaw(text string) string {
	switch {
	case HasCardNumber(text):
		return "must not have a payment card's number in it"
	case strings.ContainsFunc(text, turnsWriting):
		return "must have no controls of the writing direction"
	}
	return ""
}

// turnsWriting says that r embeds, overrides or isolates a writing direction. The marks
// that Arabic and Hebrew texts need do not.
func turnsWriting(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}
