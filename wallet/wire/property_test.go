package wire_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// oneOfEach has a currency of every number of digits.
var oneOfEach = []wallet.Currency{"JPY", "USD", "KWD", "CLF", "USDT", "BTC", "ETH"}

func TestMoneyIsReadBackAsItWasWritten(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	minors := []int64{0, 1, 9, 10, 99, 100, 101, 999, 1000, 1e6, 1e9, 1e18, math.MaxInt64 - 1, math.MaxInt64}
	for range 2000 {
		minors = append(minors, random.Int64()>>random.IntN(63))
	}
	for _, currency := range oneOfEach {
		for _, minor := range minors {
			m := wallet.Money{Minor: minor, Currency: currency}
			for _, text := range []string{wire.Major(m).String(), m.Decimal()} {
				if got, err := wire.Literal(text).Major(currency); got != m || err != nil {
					t.Errorf("%s %s: read back as %v and %v", text, currency, got, err)
				}
			}
			if got, err := wire.Literal(m.Value()).Minor(currency); got != m || err != nil {
				t.Errorf("%s minor units of %s: read back as %v and %v", m.Value(), currency, got, err)
			}
		}
	}
}

func TestDecimalsOfAnyLengthAreComparedExactly(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	number := func() string {
		digits := make([]byte, 1+random.IntN(40))
		for i := range digits {
			digits[i] = "0123456789"[random.IntN(10)]
		}
		whole := string(append([]byte{'1'}, digits...))
		sign := [...]string{"", "-"}[random.IntN(2)]
		return sign + whole + [...]string{"", ".0", ".5", "." + whole, "e3", "e-30"}[random.IntN(6)]
	}
	for range 2000 {
		a, b := number(), number()
		if random.IntN(4) == 0 {
			b = a + "0" // often the same number, or ten times as much
		}
		x, okX := new(big.Rat).SetString(a)
		y, okY := new(big.Rat).SetString(b)
		if !okX || !okY {
			t.Fatalf("%s or %s is no number", a, b)
		}
		d, errD := wire.ParseDecimal(a)
		e, errE := wire.ParseDecimal(b)
		if errD != nil || errE != nil {
			t.Fatalf("%s or %s: got %v and %v, want no error", a, b, errD, errE)
		}
		if d.Compare(e) != x.Cmp(y) || (d == e) != (x.Cmp(y) == 0) {
			t.Errorf("%s and %s: got %d and equal %v, want %d", a, b, d.Compare(e), d == e, x.Cmp(y))
		}
	}
}
