package wallet

import "strings"

// MayBeCardNumber says whether text could be a payment card's number, also one with a
// digit wrong: 12 to 19 digits, perhaps with blanks, dashes and points between them. Where
// only a provider's token may stand, such a text is refused unseen.
func MayBeCardNumber(text string) bool {
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '\uff10' && r <= '\uff19': // full-width digits
			return r - '\uff10' + '0'
		case strings.ContainsRune(" -.\t\u00a0\u2009\u2010\u2011\u2012\u2013\u202f\u3000\uff0d", r):
			return -1
		}
		return r
	}, text)
	return len(digits) >= 12 && len(digits) <= 19 && strings.Trim(digits, "0123456789") == ""
}
