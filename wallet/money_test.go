package wallet_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/minitill/minitill/wallet"
)

func usd(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }

// someMoney draws any amount in a currency of every exponent we know.
func someMoney(t *rapid.T) wallet.Money {
	currency := rapid.SampledFrom([]wallet.Currency{"JPY", "USD", "IQD", "CLF", "USDT", "BTC", "ETH"}).Draw(t, "currency")
	return wallet.Money{Minor: rapid.Int64().Draw(t, "minor"), Currency: currency}
}

func TestMoneySurvivesItsOwnText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := someMoney(t)
		if got, err := wallet.ParseMinor(m.Currency, m.Value()); err != nil || got != m {
			t.Fatalf("ParseMinor(%q): got %v, %v, want %v", m.Value(), got, err, m)
		}
		if got, err := wallet.ParseDecimal(m.Currency, m.Decimal()); err != nil || got != m {
			t.Fatalf("ParseDecimal(%q): got %v, %v, want %v", m.Decimal(), got, err, m)
		}
		if got, err := wallet.ParseDecimalLax(m.Currency, pointed(m.Decimal())+"00"); err != nil || got != m {
			t.Fatalf("ParseDecimalLax(%q): got %v, %v, want %v", m.Decimal(), got, err, m)
		}
	})
}

func pointed(s string) string {
	if strings.Contains(s, ".") {
		return s
	}
	return s + "."
}

func TestMoneySurvivesJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := someMoney(t)
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var got wallet.Money
		if err := json.Unmarshal(text, &got); err != nil || got != m {
			t.Fatalf("%s: got %v, %v, want %v", text, got, err, m)
		}
	})
}

func TestArithmeticIsExactOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		x, y := big.NewInt(a), big.NewInt(b)
		for name, c := range map[string]struct {
			got  func() (wallet.Money, error)
			want *big.Int
		}{
			"add":   {func() (wallet.Money, error) { return usd(a).Add(usd(b)) }, new(big.Int).Add(x, y)},
			"sub":   {func() (wallet.Money, error) { return usd(a).Sub(usd(b)) }, new(big.Int).Sub(x, y)},
			"times": {func() (wallet.Money, error) { return usd(a).Times(b) }, new(big.Int).Mul(x, y)},
		} {
			got, err := c.got()
			if c.want.IsInt64() && (err != nil || got.Minor != c.want.Int64()) {
				t.Fatalf("%s %d %d: got %v, %v, want %s", name, a, b, got, err, c.want)
			}
			if !c.want.IsInt64() && !errors.Is(err, wallet.ErrOverflow) {
				t.Fatalf("%s %d %d: got %v, %v, want an overflow", name, a, b, got, err)
			}
		}
	})
}

func TestArithmeticAtTheEdges(t *testing.T) {
	edges := []int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, math.MaxInt64 - 1, math.MaxInt64}
	for _, a := range edges {
		for _, b := range edges {
			sum := new(big.Int).Add(big.NewInt(a), big.NewInt(b))
			if got, err := usd(a).Add(usd(b)); (err == nil) != sum.IsInt64() || err == nil && got.Minor != sum.Int64() {
				t.Errorf("%d + %d: got %v, %v, want %s", a, b, got, err, sum)
			}
			difference := new(big.Int).Sub(big.NewInt(a), big.NewInt(b))
			if got, err := usd(a).Sub(usd(b)); err == nil && (!difference.IsInt64() || got.Minor != difference.Int64()) {
				t.Errorf("%d - %d: got %v, want %s", a, b, got, difference)
			}
			product := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
			if got, err := usd(a).Times(b); (err == nil) != product.IsInt64() || err == nil && got.Minor != product.Int64() {
				t.Errorf("%d × %d: got %v, %v, want %s", a, b, got, err, product)
			}
		}
	}
}

func TestCurrenciesDoNotMix(t *testing.T) {
	yen := wallet.Money{Minor: 1, Currency: "JPY"}
	if _, err := usd(1).Add(yen); !errors.Is(err, wallet.ErrMixed) {
		t.Errorf("Add: got %v, want %v", err, wallet.ErrMixed)
	}
	if _, err := usd(1).Sub(yen); !errors.Is(err, wallet.ErrMixed) {
		t.Errorf("Sub: got %v, want %v", err, wallet.ErrMixed)
	}
	defer func() {
		if recover() == nil {
			t.Error("Compare: got an answer, want a panic")
		}
	}()
	usd(1).Compare(yen)
}

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct {
		name     string
		currency wallet.Currency
		text     string
		want     int64
		err      error
	}{
		{"two decimals", "USD", "12.34", 1234, nil},
		{"one decimal is tens", "USD", "12.3", 1230, nil},
		{"no decimals", "USD", "12", 1200, nil},
		{"no decimals in a currency without any", "JPY", "12", 12, nil},
		{"three decimals", "IQD", "0.001", 1, nil},
		{"a negative fraction", "USD", "-0.05", -5, nil},
		{"nine digits of a token", "ETH", "1.000000001", 1_000_000_001, nil},
		{"the least there is", "USD", "-92233720368547758.08", math.MinInt64, nil},
		{"one more than the most", "USD", "92233720368547758.08", 0, wallet.ErrOverflow},
		{"a decimal too many", "USD", "12.345", 0, wallet.ErrDigits},
		{"a zero too many", "USD", "12.340", 0, wallet.ErrDigits},
		{"decimals in a currency without any", "JPY", "12.0", 0, wallet.ErrDigits},
		{"an exponent", "USD", "1e3", 0, wallet.ErrAmount},
		{"a plus sign", "USD", "+1", 0, wallet.ErrAmount},
		{"two signs", "USD", "--1", 0, wallet.ErrAmount},
		{"a sign in the fraction", "USD", "1.-1", 0, wallet.ErrAmount},
		{"a comma", "USD", "1,5", 0, wallet.ErrAmount},
		{"a space", "USD", " 1", 0, wallet.ErrAmount},
		{"an underscore", "USD", "1_0", 0, wallet.ErrAmount},
		{"hexadecimal", "USD", "0x1", 0, wallet.ErrAmount},
		{"Arabic digits", "IQD", "١", 0, wallet.ErrAmount},
		{"nothing", "USD", "", 0, wallet.ErrAmount},
		{"only a point", "USD", ".", 0, wallet.ErrAmount},
		{"nothing before the point", "USD", ".5", 0, wallet.ErrAmount},
		{"nothing after the point", "USD", "1.", 0, wallet.ErrAmount},
		{"two points", "USD", "1.2.3", 0, wallet.ErrDigits},
		{"not a number", "USD", "NaN", 0, wallet.ErrAmount},
		{"no currency", "", "1", 0, wallet.ErrCurrency},
		{"a currency in small letters", "usd", "1", 0, wallet.ErrCurrency},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := wallet.ParseDecimal(c.currency, c.text)
			if !errors.Is(err, c.err) || err == nil && got.Minor != c.want {
				t.Errorf("ParseDecimal(%s, %q): got %v, %v, want %d, %v", c.currency, c.text, got, err, c.want, c.err)
			}
		})
	}
}

func TestAFailedParseGivesNoMoney(t *testing.T) {
	for _, text := range []string{"x", "", "1.234", "99999999999999999999"} {
		if got, err := wallet.ParseDecimal("USD", text); err == nil || got.Minor != 0 {
			t.Errorf("ParseDecimal(%q): got %v, %v, want nothing and an error", text, got, err)
		}
	}
}

func TestUnmarshalMoney(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       wallet.Money
		err        bool
	}{
		{"value", `{"currency":"USD","value":"1234"}`, usd(1234), false},
		{"decimal", `{"currency":"USD","decimal":"12.34"}`, usd(1234), false},
		{"both", `{"currency":"USD","value":"1234","decimal":"12.34"}`, usd(1234), false},
		{"null", `null`, wallet.Money{}, false},
		{"both, which differ", `{"currency":"USD","value":"1234","decimal":"12.35"}`, usd(0), true},
		{"a number", `{"currency":"USD","value":1234}`, usd(0), true},
		{"a float", `{"currency":"USD","decimal":12.34}`, usd(0), true},
		{"neither", `{"currency":"USD"}`, usd(0), true},
		{"no currency", `{"value":"1"}`, usd(0), true},
		{"a member we do not know", `{"currency":"USD","value":"1","cents":"1"}`, usd(0), true},
		{"an array", `["USD","1"]`, usd(0), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got wallet.Money
			err := json.Unmarshal([]byte(c.text), &got)
			if (err != nil) != c.err || err == nil && got != c.want {
				t.Errorf("%s: got %v, %v, want %v", c.text, got, err, c.want)
			}
		})
	}
}

func TestMarshalRefusesACurrencyWeDoNotKnow(t *testing.T) {
	if text, err := json.Marshal(wallet.Money{Minor: 1, Currency: `X"`}); err == nil {
		t.Errorf("got %s, want an error", text)
	}
	if text, err := json.Marshal(wallet.Money{}); err != nil || string(text) != "null" {
		t.Errorf("no money: got %s, %v, want null", text, err)
	}
}

func TestDecimalHasAllDigitsOfTheCurrency(t *testing.T) {
	for want, m := range map[string]wallet.Money{
		"0.05": usd(5), "-0.05": usd(-5), "0.00": usd(0), "12.30": usd(1230),
		"-92233720368547758.08": usd(math.MinInt64), "7": {Minor: 7, Currency: "JPY"}, "0.007": {Minor: 7, Currency: "KWD"},
	} {
		if got := m.Decimal(); got != want {
			t.Errorf("Decimal of %d %s: got %q, want %q", m.Minor, m.Currency, got, want)
		}
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"12.34", "-0.01", "1e9", "", ".", "99999999999999999999", "1.000000000000"} {
		f.Add("USD", seed)
		f.Add("IQD", seed)
	}
	f.Fuzz(func(t *testing.T, currency, text string) {
		m, err := wallet.ParseDecimal(wallet.Currency(currency), text)
		if err != nil {
			return
		}
		lax, err := wallet.ParseDecimalLax(m.Currency, text)
		if err != nil || lax != m {
			t.Fatalf("%q: lax got %v, %v, want %v", text, lax, err, m)
		}
		exponent, _ := m.Currency.Exponent()
		want, ok := new(big.Rat).SetString(text)
		scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil))
		if !ok || want.Mul(want, scale).Cmp(new(big.Rat).SetInt64(m.Minor)) != 0 {
			t.Fatalf("%s %q: got %d minor units", currency, text, m.Minor)
		}
	})
}

func FuzzMoneyJSON(f *testing.F) {
	f.Add([]byte(`{"currency":"USD","value":"1234","decimal":"12.34"}`))
	f.Add([]byte(`{"currency":"JPY","decimal":"5"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var m wallet.Money
		if json.Unmarshal(text, &m) != nil || m == (wallet.Money{}) {
			return
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var got wallet.Money
		if err := json.Unmarshal(again, &got); err != nil || got != m {
			t.Fatalf("%s became %s: got %v, %v, want %v", text, again, got, err, m)
		}
	})
}

func ExampleMoney() {
	price, _ := wallet.ParseDecimal("KWD", "1.250")
	total, _ := price.Times(3)
	fmt.Println(total, total.Value())
	// Output: 3.750 KWD 3750
}

func TestEveryExponentIsInRange(t *testing.T) {
	for _, c := range []struct {
		currency wallet.Currency
		want     int
	}{{"JPY", 0}, {"USD", 2}, {"CNY", 2}, {"IQD", 3}, {"KWD", 3}, {"CLF", 4}, {"USDT", 6}, {"BTC", 8}, {"ETH", 9}} {
		if got, ok := c.currency.Exponent(); !ok || got != c.want {
			t.Errorf("%s: got %d, want %d", c.currency, got, c.want)
		}
	}
	if err := wallet.Currency("XXX").Valid(); !errors.Is(err, wallet.ErrCurrency) {
		t.Errorf("XXX: got %v, want %v", err, wallet.ErrCurrency)
	}
}
