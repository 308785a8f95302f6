package wallet

// IsCardNumber says whether text is what a payment card's number looks like: 12 to 19
// digits, perhaps with blanks and dashes between them, that pass the Luhn check. Where
// only a provider's token may stand, such a text is refused unseen.
func IsCardNumber(text string) bool {
	digits := make([]byte, 0, len(text))
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r-'0'))
		case r >= '\uff10' && r <= '\uff19': // full-width digits
			digits = append(digits, byte(r-'\uff10'))
		case r == ' ' || r == '-' || r == '\u00a0' || r == '\u3000':
		default:
			return false
		}
	}
	return len(digits) >= 12 && len(digits) <= 19 && luhn(digits)
}

func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i])
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}
