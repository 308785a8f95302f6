package wire_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

func decimal(t testing.TB, s string) wire.Decimal {
	t.Helper()
	d, err := wire.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOneNumberIsEqualInEverySpelling(t *testing.T) {
	for _, spellings := range [][]string{
		{"1", "1.0", "1.00", "1e0", "1E0", "10e-1", "0.1e1", "0.1E+1"},
		{"0.1", "0.10", "1e-1", "100e-3"},
		{"12.34", "12.340", "1234e-2", "0.1234e2"},
		{"9999999.99", "999999999e-2", "9.99999999e6"},
		{"0.000001", "1e-6", "0.0000010"},
		{"100", "1e2", "100.0", "0.1e3"},
		{"0", "-0", "0.0", "0e5", "-0.00e-9"},
		{"-12.34", "-12.340", "-1234e-2"},
	} {
		want := decimal(t, spellings[0])
		for _, s := range spellings {
			got := decimal(t, s)
			if got != want || got.Compare(want) != 0 {
				t.Errorf("%s: got %v, want %v", s, got, want)
			}
			if got.String() != spellings[0] {
				t.Errorf("%s written: got %s, want %s", s, got, spellings[0])
			}
		}
	}
}

func TestDecimalsAreOrdered(t *testing.T) {
	ordered := []string{
		"-1e30", "-100", "-12.34", "-12.3", "-1", "-0.000001", "0", "0.000001", "0.1", "0.12", "1", "1.0000001", "9", "10", "99.9", "100",
		"9999999.99", "100000000000000000000000000000000001", "1e36",
	}
	for i, a := range ordered {
		for j, b := range ordered {
			want := 0
			switch {
			case i < j:
				want = -1
			case i > j:
				want = 1
			}
			if got := decimal(t, a).Compare(decimal(t, b)); got != want {
				t.Errorf("%s against %s: got %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestMoneyInMajorUnits(t *testing.T) {
	for _, c := range []struct {
		m    wallet.Money
		want string
	}{
		{wallet.Money{Minor: 1234, Currency: "USD"}, "12.34"},
		{wallet.Money{Minor: 1230, Currency: "USD"}, "12.3"},
		{wallet.Money{Minor: 1200, Currency: "USD"}, "12"},
		{wallet.Money{Minor: 1, Currency: "USD"}, "0.01"},
		{wallet.Money{Minor: 0, Currency: "USD"}, "0"},
		{wallet.Money{Minor: -5, Currency: "USD"}, "-0.05"},
		{wallet.Money{Minor: 1234, Currency: "JPY"}, "1234"},
		{wallet.Money{Minor: 1234, Currency: "KWD"}, "1.234"},
		{wallet.Money{Minor: 1, Currency: "USDT"}, "0.000001"},
		{wallet.Money{Minor: math.MaxInt64, Currency: "USD"}, "92233720368547758.07"},
		{wallet.Money{Minor: math.MinInt64, Currency: "JPY"}, "-9223372036854775808"},
	} {
		d := wire.Major(c.m)
		if d.String() != c.want {
			t.Errorf("%v: got %s, want %s", c.m, d, c.want)
		}
		if again, err := d.Money(c.m.Currency); err != nil || again != c.m {
			t.Errorf("%s read again: got %v and %v, want %v", d, again, err, c.m)
		}
	}
}

func TestShiftChangesTheUnit(t *testing.T) {
	// 0.01 of a token with 18 decimals, on a chain that counts its smallest units.
	if got := decimal(t, "10000000000000000").Shift(-18); got.String() != "0.01" {
		t.Errorf("got %s, want 0.01", got)
	}
	if got := decimal(t, "1864595").Shift(-6); got.String() != "1.864595" {
		t.Errorf("got %s, want 1.864595", got)
	}
	if got := decimal(t, "0").Shift(5); got != (wire.Decimal{}) || got != wire.Integer(0) {
		t.Errorf("got %v, want 0", got)
	}
}

func FuzzDecimal(f *testing.F) {
	f.Add("1.0", "1e0")
	f.Add("-0.000001", "9999999.99")
	f.Add("12e-40", "120e-41")
	f.Fuzz(func(t *testing.T, a, b string) {
		d, err := wire.ParseDecimal(a)
		e, err2 := wire.ParseDecimal(b)
		if err != nil || err2 != nil {
			return
		}
		if again, err := wire.ParseDecimal(d.String()); err != nil || again != d {
			t.Fatalf("%s: got %v, written and read again %v and %v", a, d, again, err)
		}
		x, _ := new(big.Rat).SetString(d.String())
		y, _ := new(big.Rat).SetString(e.String())
		if got, want := d.Compare(e), x.Cmp(y); got != want || (d == e) != (want == 0) {
			t.Errorf("%s against %s: got %d and equal %v, want %d", a, b, got, d == e, want)
		}
	})
}
