package wallet_test

import (
	"encoding/binary"
	"encoding/hex"
	mathrand "math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/wallet"
)

func TestWhatMayBeACardNumberIsRecognised(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"4111111111111111": true, "4111 1111 1111 1111": true, "4111-1111-1111-1111": true, "4111.1111.1111.1111": true,
		"\uff14111111111111111": true, "378282246310005": true, "6304000000000000": true, "4111111111111112": true,
		"4111\u20131111\u20131111\u20131111": true, "411111111111": true,
		"41111111111": false, "tok_4111111111111111": false, "": false, "41111111111111111111": false, "card": false,
		"411111111111x": false,
	} {
		if got := wallet.MayBeCardNumber(text); got != want {
			t.Errorf("MayBeCardNumber(%q) = %v, want %v", text, got, want)
		}
	}
}

// The published test numbers of card schemes.
var testCards = map[string]string{
	"Visa": "4111111111111111", "Visa of 19 digits": "4000000000000000006", "Mastercard": "5555555555554444", "Mastercard of the second range": "2223003122003222",
	"American Express": "378282246310005", "Diners Club": "30569309025904", "Diners Club of 36": "36227206271667", "Discover": "6011111111111117",
	"JCB": "3566002020360505", "UnionPay": "6200000000000005", "UnionPay of 19 digits": "6205500000000000004",
	"Maestro": "6759649826438453", "Mir": "2200000000000004", "RuPay": "6521111111111110", "Troy": "9792030000000000",
}

func TestCardNumbersAreFoundInTexts(t *testing.T) {
	t.Parallel()
	for scheme, number := range testCards {
		for _, text := range []string{
			number, "card " + number, number + ".", "PAN" + number, number + "x", "(" + number + ")", "no. 12, " + number + " 12/29", "a\n" + number + "\nb",
			"https://shop.example/?card=" + number + "&x=1", `{"card":"` + number + `"}`, "card_" + number,
			inGroups(number, " ", 4), inGroups(number, "-", 4), inGroups(number, "\u00a0", 4), inGroups(number, " \u2013 ", 4), inGroups(number, "\u200b", 4), inGroups(number, "\u3000", 4),
			inGroups(number, " ", 2), "for " + inGroups(number, " ", 4) + " 12 29",
			inScript(number, '\uff10'), inScript(number, '\u0660'), inScript(number, '\u0966'), inScript(number, '\U0001d7ce'), inGroups(inScript(number, '\uff10'), "\uff0d", 4),
		} {
			if !wallet.HasCardNumber(text) {
				t.Errorf("%s: not found in %q", scheme, text)
			}
			masked := wallet.MaskCardNumbers(text)
			if wallet.HasCardNumber(masked) || masked == text {
				t.Errorf("%s: %q is masked as %q", scheme, text, masked)
			}
		}
		for digit := range number {
			wrong := []byte(number)
			wrong[digit] = '0' + (wrong[digit]-'0'+1)%10
			if wallet.HasCardNumber(string(wrong)) {
				t.Errorf("%s: %s passes with a digit wrong", scheme, wrong)
			}
		}
	}
	for text, want := range map[string]string{
		"4111111111111111": "************1111", "4111 1111-1111.1111 ok": "**** ****-****.1111 ok", "3782 822463 10005": "**** ****** *0005",
		`{"n":4111111111111111,"m":"5555555555554444"}`: `{"n":************1111,"m":"************4444"}`,
		"": "", "nothing": "nothing", inScript("4111111111111111", '\uff10'): "************" + inScript("1111", '\uff10'),
	} {
		if got := wallet.MaskCardNumbers(text); got != want {
			t.Errorf("%q is masked as %q, want %q", text, got, want)
		}
	}
}

func TestWhatIsNoCardNumberIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a barcode of 13 digits": "4006381333931", "another, which passes Luhn": "4000000000006", "a number of 28 digits": "4200001234202511201234567890",
		"digits between those of an id": "01KAF4111111111111111Q2", "a card's digits in hexadecimal": "ab1c4111111111111111ff02",
		"groups of odd sizes": "411 1111 11111 1111", "lines": "4111\n1111\n1111\n1111", "a list": "4111,1111,1111,1111", "far apart": "4111     1111     1111     1111",
		"a telephone number": "+49 30 901820 1234", "an IBAN": "DE89 3704 0044 0532 0130 00", "a time": "2025-11-20T09:30:00.123456789Z",
		"no scheme's": "1234567812345670", "zeros": "0000000000000000",
	} {
		if wallet.HasCardNumber(text) {
			t.Errorf("%s: %q is taken for a card number", name, text)
		}
	}
}

func TestTimesOurIDsAndWalletsIDsAreNoCardNumbers(t *testing.T) {
	t.Parallel()
	const together = 500
	tries := 1_000_000
	if raceEnabled {
		tries /= 20 // the race detector makes them dear, and there is one goroutine
	}
	began := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	random := mathrand.New(mathrand.NewPCG(1, 2))
	at := func() time.Time { return began.Add(time.Duration(random.Int64N(int64(10 * 365 * 24 * time.Hour)))) }
	number := func(of func(time.Time) int64) func([]byte) []byte {
		return func(b []byte) []byte { return strconv.AppendInt(b, of(at()), 10) }
	}
	dated := func(layout string, more int) func([]byte) []byte {
		return func(b []byte) []byte { return appendDigits(at().AppendFormat(b, layout), random, more) }
	}
	for name, add := range map[string]func([]byte) []byte{
		"seconds": number(time.Time.Unix), "milliseconds": number(time.Time.UnixMilli),
		"microseconds": number(time.Time.UnixMicro), "nanoseconds": number(time.Time.UnixNano),
		"a compact time": dated("20060102150405", 0), "an ISO time": dated(time.RFC3339Nano, 0),
		"a compact time with its fraction": dated("20060102150405", 3),
		"an order of ours":                 func(b []byte) []byte { return appendULID(append(b, "ord_"...), at(), random) },
		"a request id of ours":             func(b []byte) []byte { return append(appendULID(b, at(), random), "P1"...) },
		"a UUID":                           func(b []byte) []byte { return appendUUID(b, random) },
		"hexadecimal":                      func(b []byte) []byte { return hex.AppendEncode(b, randomBytes(random)) },
		"a wallet's id of 28 digits":       dated("20060102", 20), // WeChat Pay, Alipay
		"a wallet's id of 32 digits":       dated("20060102150405", 18),
		"a number of 17 digits":            dated("060102150405", 5),
		"a number of 16 digits": func(b []byte) []byte { // in this decade
			return appendDigits(began.Add(at().Sub(began)/2).AppendFormat(b, "060102150405"), random, 4)
		},
		"a snowflake id": number(func(t time.Time) int64 { return t.UnixMilli()<<20 | random.Int64N(1<<20) }),
	} {
		var text []byte
		for range tries / together {
			text = text[:0]
			for range together {
				text = append(add(text), '\n')
			}
			if wallet.HasCardNumber(string(text)) {
				t.Errorf("%s is taken for a card number: %s", name, differs(string(text)))
				break
			}
		}
	}
}

// differs are the lines of a text in which a card number is found.
func differs(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if wallet.HasCardNumber(line) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, ", ")
}

func FuzzCardNumbers(f *testing.F) {
	for _, number := range testCards {
		f.Add(number)
		f.Add("x" + inGroups(number, "-", 4) + "\xff" + number)
	}
	f.Fuzz(func(t *testing.T, text string) {
		masked := wallet.MaskCardNumbers(text)
		if found := wallet.HasCardNumber(text); found == (masked == text) || wallet.HasCardNumber(masked) {
			t.Errorf("found %v in %q, masked as %q", found, text, masked)
		}
	})
}

func BenchmarkHasCardNumber(b *testing.B) {
	for name, text := range map[string]string{
		"a description": "Two flat whites and a croissant", "a reference": "R-20251120-000123", "a card": "4111 1111 1111 1111",
		"a notification": `{"paymentId":"202511201234567890123456","paymentAmount":{"currency":"USD","value":"1234"},"paymentTime":"2025-11-20T09:30:00Z"}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				wallet.HasCardNumber(text)
			}
		})
	}
}

// inGroups writes digits in groups of n.
func inGroups(digits, between string, n int) string {
	var b strings.Builder
	i := 0
	for _, r := range digits {
		if i > 0 && i%n == 0 {
			b.WriteString(between)
		}
		b.WriteRune(r)
		i++
	}
	return b.String()
}

// inScript writes digits as those of the script whose zero is given.
func inScript(digits string, zero rune) string {
	return strings.Map(func(r rune) rune { return zero + r - '0' }, digits)
}

func appendDigits(b []byte, random *mathrand.Rand, n int) []byte {
	for range n {
		b = append(b, '0'+byte(random.IntN(10)))
	}
	return b
}

func randomBytes(random *mathrand.Rand) []byte {
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, 16), random.Uint64())
	return binary.LittleEndian.AppendUint64(b, random.Uint64())
}

func appendULID(b []byte, at time.Time, random *mathrand.Rand) []byte {
	var id ulid.ULID
	_ = id.SetTime(ulid.Timestamp(at))
	_ = id.SetEntropy(randomBytes(random)[:10])
	return append(b, id.String()...)
}

func appendUUID(b []byte, random *mathrand.Rand) []byte {
	raw := randomBytes(random)
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	for i, part := range [][]byte{raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, part)
	}
	return b
}
