package wallet

import "slices"

// isCard says that digits have a scheme's prefix and length, and pass the Luhn check.
func isCard(number []cardDigit) bool {
	if len(number) < shortestCard || !ofScheme(number) || isTime(number) {
		return false
	}
	sum := 0
	for i := range number {
		d := int(number[len(number)-1-i].value)
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// isTime says that 16 digits begin with a time of this decade, as YYMMDDhhmmss. Numbers of
// orders do, and so do three in a thousand of the cards with such a prefix.
func isTime(number []cardDigit) bool {
	pair := func(i int) byte { return number[2*i].value*10 + number[2*i+1].value }
	within := func(n, least, most byte) bool { return n >= least && n <= most }
	return len(number) == 16 && within(pair(0), 20, 29) && within(pair(1), 1, 12) && within(pair(2), 1, 31) &&
		pair(3) < 24 && pair(4) < 60 && pair(5) < 60
}

// cardRange is the first four digits of a scheme's numbers, and their lengths.
type cardRange struct{ from, to, shortest, longest int }

// cardRanges are those of schemes in use. Visa's 13 digits are left out: none were issued
// for decades, and barcodes have as many.
var cardRanges = []cardRange{
	{2200, 2204, 16, 19},                                             // Mir
	{2221, 2720, 16, 16},                                             // Mastercard
	{3000, 3059, 14, 14}, {3095, 3095, 14, 14}, {3600, 3699, 14, 19}, // Diners Club
	{3800, 3999, 14, 19},
	{3400, 3499, 15, 15}, {3700, 3799, 15, 15}, // American Express
	{3528, 3589, 16, 19},                       // JCB, RuPay
	{4000, 4999, 16, 16}, {4000, 4999, 19, 19}, // Visa
	{5018, 5018, 14, 19}, {5020, 5020, 14, 19}, {5038, 5038, 14, 19}, {5893, 5893, 14, 19}, // Maestro
	{6304, 6304, 14, 19}, {6390, 6390, 14, 19}, {6759, 6769, 14, 19},
	{5019, 5019, 16, 16},                       // Dankort
	{5060, 5062, 16, 19}, {5078, 5089, 16, 19}, // Verve, RuPay, Elo
	{5100, 5599, 16, 16},                       // Mastercard
	{6000, 6099, 16, 19}, {6440, 6599, 16, 19}, // Discover, RuPay, Verve, Elo
	{6200, 6299, 16, 19}, {8100, 8199, 16, 19}, // UnionPay
	{8200, 8299, 16, 16},                       // RuPay
	{8600, 8600, 16, 16}, {9860, 9860, 16, 16}, // Uzcard, Humo
	{9792, 9792, 16, 16}, // Troy
}

func ofScheme(number []cardDigit) bool {
	prefix := 0
	for _, d := range number[:4] {
		prefix = prefix*10 + int(d.value)
	}
	return slices.ContainsFunc(cardRanges, func(r cardRange) bool {
		return prefix >= r.from && prefix <= r.to && len(number) >= r.shortest && len(number) <= r.longest
	})
}
