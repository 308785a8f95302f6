package wallet

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MayBeCardNumber reports whether text could be a payment card's number, even with a wrong
// digit: 12 to 19 digits, with or without separators. It is for members that take a provider's
// token only.
func MayBeCardNumber(text string) bool {
	n := 0
	for _, r := range text {
		if _, ok := digitOf(r); ok {
			n++
		} else if !separates(r) {
			return false
		}
	}
	return n >= shortestToken && n <= longestCard
}

// HasCardNumber reports whether text contains a payment card's number: digits of any script
// with a card scheme's prefix and length that pass the Luhn check, alone or between words, in
// one piece or in groups. Ids that mix letters and digits do not count, nor do times and
// barcodes.
func HasCardNumber(text string) bool {
	found := false
	eachCard(text, func([]cardDigit) { found = true })
	return found
}

// MaskCardNumbers returns text with the digits of payment cards' numbers replaced by
// asterisks, all but the last four of each.
func MaskCardNumbers(text string) string {
	for {
		var masked []cardDigit
		eachCard(text, func(number []cardDigit) { masked = append(masked, number[:len(number)-4]...) })
		if len(masked) == 0 {
			return text
		}
		text = mask(text, masked) // and once more: what is left may begin another number
	}
}

// mask replaces digits of a text.
func mask(text string, masked []cardDigit) string {
	slices.SortFunc(masked, func(a, b cardDigit) int { return a.at - b.at })
	var b strings.Builder
	end := 0
	for _, d := range masked {
		if d.at < end {
			continue // of two numbers at once
		}
		b.WriteString(text[end:d.at])
		b.WriteByte('*')
		end = d.at + d.width
	}
	b.WriteString(text[end:])
	return b.String()
}

const (
	shortestToken = 12 // of what may be a card number
	shortestCard  = 14 // of what is taken for one: 13 digits are a barcode
	longestCard   = 19
)

// cardDigit is one digit of a text.
type cardDigit struct {
	at, width int // in bytes
	value     byte
}

// digitGroup is a run of digits: its first, and the one behind its last.
type digitGroup struct{ from, to int }

// digitChain is runs of digits with nothing but separators between them.
type digitChain struct {
	digits []cardDigit
	groups []digitGroup
}

// mostSeparators is how many characters may stand between two groups.
const mostSeparators = 3

// eachCard calls found for each card number in a text.
func eachCard(text string, found func([]cardDigit)) {
	if !hasDigits(text, shortestCard) {
		return
	}
	var chain digitChain
	gap := mostSeparators + 1 // since the last group
	for at := 0; at < len(text); {
		r, width := runeAt(text, at)
		if !isWordRune(r) {
			if gap++; gap > mostSeparators || !separates(r) {
				chain.end(found)
			}
			at += width
			continue
		}
		word := readWord(text[at:])
		if !word.isGroup() {
			chain.end(found)
		}
		chain.add(text, at+word.from, at+word.to)
		if !word.isGroup() {
			chain.end(found)
		}
		at, gap = at+word.size, 0
	}
	chain.end(found)
}

// runeAt decodes one character; most are ASCII.
func runeAt(text string, at int) (r rune, width int) {
	if c := text[at]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(text[at:])
}

// hasDigits says that a text has at least n digits.
func hasDigits(text string, n int) bool {
	if len(text) < n {
		return false
	}
	for i := 0; i < len(text) && n > 0; i++ {
		if c := text[i]; c >= '0' && c <= '9' {
			n--
		} else if c >= utf8.RuneSelf {
			r, width := utf8.DecodeRuneInString(text[i:])
			if _, ok := digitOf(r); ok {
				n--
			}
			i += width - 1
		}
	}
	return n == 0
}

// word is letters and digits without a break, and its one run of digits: empty where it
// has none or several, as ids do.
type word struct{ size, from, to int }

// isGroup says that the word is digits and nothing else, and may be one of several groups.
func (w word) isGroup() bool { return w.from == 0 && w.to == w.size }

// readWord reads the word that a text begins with.
func readWord(text string) word {
	w, runs, inRun := word{size: len(text)}, 0, false
	for at := 0; at < len(text); {
		r, width := runeAt(text, at)
		if !isWordRune(r) {
			w.size = at
			break
		}
		_, digit := digitOf(r)
		if digit && !inRun {
			runs++
			w.from = at
		}
		at += width
		if digit {
			w.to = at
		}
		inRun = digit
	}
	if runs != 1 {
		w.from, w.to = 0, 0
	}
	return w
}

// isWordRune says that r is a letter or a digit.
func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// add appends the digits between two places of a text as a group.
func (c *digitChain) add(text string, from, to int) {
	if from == to {
		return
	}
	if c.digits == nil {
		c.digits, c.groups = make([]cardDigit, 0, 2*longestCard), make([]digitGroup, 0, 8)
	}
	first := len(c.digits)
	for at := from; at < to; {
		r, width := runeAt(text, at)
		value, _ := digitOf(r)
		c.digits = append(c.digits, cardDigit{at, width, value})
		at += width
	}
	c.groups = append(c.groups, digitGroup{first, len(c.digits)})
}

// end calls found for each card number in the chain, and empties it.
func (c *digitChain) end(found func([]cardDigit)) {
	for i := range c.groups {
		for j := i; j < len(c.groups); j++ {
			number := c.digits[c.groups[i].from:c.groups[j].to]
			if len(number) > longestCard {
				break
			}
			if isGrouped(c.groups[i:j+1]) && isCard(number) {
				found(number)
			}
		}
	}
	c.digits, c.groups = c.digits[:0], c.groups[:0]
}

// isGrouped says that groups are as people write card numbers: in one piece, in groups of
// one size with a rest, or as 4 6 5, 4 6 4 and 6 13.
func isGrouped(groups []digitGroup) bool {
	size := func(i int) int { return groups[i].to - groups[i].from }
	switch last := len(groups) - 1; {
	case last == 0:
		return true
	case last == 2 && size(0) == 4 && size(1) == 6:
		return size(2) == 4 || size(2) == 5
	case last == 1 && size(0) == 6 && size(1) == 13:
		return true
	default:
		for i := 1; i < last; i++ {
			if size(i) != size(0) {
				return false
			}
		}
		return size(0) > 1 && size(last) <= size(0)
	}
}

// digitOf is the value of a decimal digit of any script.
func digitOf(r rune) (value byte, ok bool) {
	if r < utf8.RuneSelf {
		return byte(r - '0'), r >= '0' && r <= '9'
	}
	if !unicode.IsDigit(r) {
		return 0, false
	}
	for _, table := range unicode.Nd.R16 {
		if r >= rune(table.Lo) && r <= rune(table.Hi) {
			return byte((r - rune(table.Lo)) % 10), true
		}
	}
	for _, table := range unicode.Nd.R32 {
		if r >= rune(table.Lo) && r <= rune(table.Hi) {
			return byte((r - rune(table.Lo)) % 10), true
		}
	}
	return 0, false
}

// separates says that r may stand between the groups of a card number: blanks, dashes and
// points of any width, and what is not seen at all.
func separates(r rune) bool {
	switch {
	case r == '\n' || r == '\r':
		return false
	case r < utf8.RuneSelf:
		return strings.ContainsRune(" -._\t", r)
	}
	return unicode.In(r, unicode.Zs, unicode.Pd, unicode.Cf) || r == '\u00b7' || r == '\u2212'
}
