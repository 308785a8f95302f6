package wire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

type message struct {
	Status wire.Literal `json:"status"`
	ID     string       `json:"id"`
	Inner  struct {
		A int `json:"a"`
	} `json:"inner"`
}

func TestMessagesThatAreRead(t *testing.T) {
	for name, body := range map[string]string{
		"as the documents write it":    `{"status":2,"id":"x","inner":{"a":1}}`,
		"with blanks around":           " \n{\"status\":\"2\",\"id\":\"x\"}\r\n",
		"with members we do not know":  `{"status":2,"id":"x","Status":3,"more":[{"a":1},{"a":1}]}`,
		"in any order, with an escape": `{"id":"\u0078","st\u0061tus":2}`,
	} {
		t.Run(name, func(t *testing.T) {
			var got message
			if err := wire.Decode([]byte(body), &got); err != nil || got.Status != "2" || got.ID != "x" {
				t.Errorf("got %+v and %v, want status 2 of x", got, err)
			}
		})
	}
}

func TestMessagesThatMakeNoSense(t *testing.T) {
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	for name, body := range map[string]string{
		"nothing":                             ``,
		"null":                                `null`,
		"null after blanks":                   " null",
		"an array":                            `[]`,
		"text":                                `"x"`,
		"two values":                          `{}{}`,
		"something behind it":                 `{"id":"x"} x`,
		"half of it":                          `{"id":"x"`,
		"a member twice":                      `{"id":"x","id":"x"}`,
		"a member twice, escaped":             `{"id":"x","i\u0064":"y"}`,
		"a member of an object twice":         `{"inner":{"a":1,"a":2}}`,
		"an unknown member twice":             `{"more":1,"more":1}`,
		"a number as text":                    `{"id":1}`,
		"text as a number":                    `{"inner":{"a":"1"}}`,
		"a float as an integer":               `{"inner":{"a":1.5}}`,
		"bytes that are no UTF-8":             "{\"id\":\"\xff\"}",
		"a number with a leading zero":        `{"status":02}`,
		"a boolean as text or number":         `{"status":true}`,
		"an object as text or number":         `{"status":{}}`,
		"an array as text or number":          `{"status":[2]}`,
		"more levels than any provider sends": `{"more":` + deep + `}`,
		"more bytes than are read":            `{"id":"` + strings.Repeat("x", 1<<20) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			var got message
			if err := wire.Decode([]byte(body), &got); !errors.Is(err, wire.ErrMalformed) {
				t.Errorf("got %+v and %v, want nonsense", got, err)
			}
		})
	}
}

func TestAnAbsentStatusIsNotStatusZero(t *testing.T) {
	paid := map[wire.Literal]bool{"0": true}
	for body, want := range map[string]bool{
		`{"status":0}`:    true,
		`{"status":"0"}`:  true,
		`{"status":null}`: false,
		`{"status":""}`:   false,
		`{}`:              false,
		`{"Status":0}`:    false,
	} {
		var got message
		if err := wire.Decode([]byte(body), &got); err != nil || paid[got.Status] != want {
			t.Errorf("%s: got %q and %v, want paid %v", body, got.Status, err, want)
		}
		if n, ok := got.Status.Int(); ok != want || n != 0 {
			t.Errorf("%s as integer: got %d and %v, want 0 and %v", body, n, ok, want)
		}
	}
}

// TestSpellings reads amounts as JSON text and as JSON numbers.
func TestSpellings(t *testing.T) {
	for literal, want := range map[string]struct {
		major wallet.Money
		minor int64 // of USD; -1: none
	}{
		`1`:                   {usd(100), 1},
		`1.0`:                 {usd(100), 1},
		`1.00`:                {usd(100), 1},
		`1e0`:                 {usd(100), 1},
		`1E+0`:                {usd(100), 1},
		`0.1e1`:               {usd(100), 1},
		`100e-2`:              {usd(100), 1},
		`"1"`:                 {usd(100), 1},
		`"1.00"`:              {usd(100), 1},
		`"1.000"`:             {usd(100), 1},
		`0.1`:                 {usd(10), -1},
		`12.34`:               {usd(1234), -1},
		`9999999.99`:          {usd(999999999), -1},
		`92233720368547758e2`: {wallet.Money{}, 9223372036854775800},
		`0`:                   {usd(0), 0},
		`-0`:                  {usd(0), 0},
		`0.00`:                {usd(0), 0},
		`0e9`:                 {usd(0), 0},
		`275900.0`:            {usd(27590000), 275900},
		`6.5E8`:               {usd(65000000000), 650000000},
	} {
		var in struct{ A wire.Literal }
		if err := wire.Decode([]byte(`{"A":`+literal+`}`), &in); err != nil {
			t.Fatalf("%s: %v", literal, err)
		}
		if got, err := in.A.Major("USD"); got != want.major || (err == nil) != (want.major != wallet.Money{}) {
			t.Errorf("%s as major units: got %v and %v, want %v", literal, got, err, want.major)
		}
		got, err := in.A.Minor("USD")
		if want.minor == -1 {
			if !errors.Is(err, wallet.ErrDigits) {
				t.Errorf("%s as minor units: got %v and %v, want an error", literal, got, err)
			}
		} else if err != nil || got != usd(want.minor) {
			t.Errorf("%s as minor units: got %v and %v, want %d", literal, got, err, want.minor)
		}
	}
}

func TestTheSmallestUnitsOfATokenAreRead(t *testing.T) {
	if got, err := wire.Literal("0.000001").Major("USDT"); err != nil || got.Minor != 1 {
		t.Errorf("got %v and %v, want 1 minor unit", got, err)
	}
	if got, err := wire.Literal("0.000001").Major("USD"); !errors.Is(err, wallet.ErrDigits) {
		t.Errorf("got %v and %v, want too many digits", got, err)
	}
	if got, err := wire.Literal("12").Major("JPY"); err != nil || got.Minor != 12 {
		t.Errorf("got %v and %v, want 12", got, err)
	}
}

func TestLiteralsThatAreNoAmount(t *testing.T) {
	for literal, want := range map[wire.Literal]error{
		"":                          wallet.ErrAmount,
		"-":                         wallet.ErrAmount,
		".5":                        wallet.ErrAmount,
		"5.":                        wallet.ErrAmount,
		"+1":                        wallet.ErrAmount,
		" 1":                        wallet.ErrAmount,
		"1 ":                        wallet.ErrAmount,
		"01":                        wallet.ErrAmount,
		"1,000":                     wallet.ErrAmount,
		"1_000":                     wallet.ErrAmount,
		"0x10":                      wallet.ErrAmount,
		"1e":                        wallet.ErrAmount,
		"1e+":                       wallet.ErrAmount,
		"1e-+1":                     wallet.ErrAmount,
		"1e1.5":                     wallet.ErrAmount,
		"--1":                       wallet.ErrAmount,
		"NaN":                       wallet.ErrAmount,
		"Infinity":                  wallet.ErrAmount,
		"٣":                         wallet.ErrAmount,
		"92233720368547758.08":      wallet.ErrOverflow,
		"-12.34":                    wallet.ErrAmount,
		"-1e400":                    wallet.ErrAmount,
		"1e400":                     wallet.ErrOverflow,
		"1e99999999999999999999999": wallet.ErrOverflow,
		"1e-99999999999999999999":   wallet.ErrOverflow,
		"0.001":                     wallet.ErrDigits,
		"1e-3":                      wallet.ErrDigits,
	} {
		if got, err := literal.Major("USD"); !errors.Is(err, want) || got != (wallet.Money{}) {
			t.Errorf("%q: got %v and %v, want %v", literal, got, err, want)
		}
	}
	if got, err := wire.Literal("1").Major("XXX"); !errors.Is(err, wallet.ErrCurrency) {
		t.Errorf("major units of no currency: got %v and %v", got, err)
	}
	if got, err := wire.Literal("1").Minor("XXX"); !errors.Is(err, wallet.ErrCurrency) {
		t.Errorf("minor units of no currency: got %v and %v", got, err)
	}
}

func TestIntegers(t *testing.T) {
	for literal, want := range map[wire.Literal]int64{
		"0": 0, "2": 2, "2.0": 2, "2e0": 2, "-3": -3, "1763555087656": 1763555087656, "9223372036854775807": 9223372036854775807,
	} {
		if got, ok := literal.Int(); !ok || got != want {
			t.Errorf("%s: got %d and %v, want %d", literal, got, ok, want)
		}
	}
	for _, literal := range []wire.Literal{"", "2.5", "two", "9223372036854775808"} {
		if got, ok := literal.Int(); ok {
			t.Errorf("%q: got %d, want none", literal, got)
		}
	}
}

func TestALargeIDKeepsItsDigits(t *testing.T) {
	var got message
	err := wire.Decode([]byte(`{"status":17672550051234567890123}`), &got)
	if err != nil || got.Status != "17672550051234567890123" {
		t.Errorf("got %q and %v, want every digit", got.Status, err)
	}
}

func FuzzLiteral(f *testing.F) {
	for _, seed := range []string{`1`, `1.00`, `"12.34"`, `1e0`, `null`, `"\u0031"`, `-0.10e+2`, `""`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var in struct{ A wire.Literal }
		if wire.Decode([]byte(`{"A":`+text+`}`), &in) != nil {
			return
		}
		m, err := in.A.Minor("USD")
		if err != nil {
			return
		}
		if again, err := wire.Literal(m.Value()).Minor("USD"); err != nil || again != m {
			t.Errorf("%s: got %v, then %v and %v", text, m, again, err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"status":2,"id":"x","inner":{"a":1}}`)
	f.Add(`{"id":"x","i\u0064":"y"}`)
	f.Add(` null`)
	f.Fuzz(func(t *testing.T, body string) {
		var got message
		if wire.Decode([]byte(body), &got) != nil {
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(body), &want); err != nil || want == nil {
			t.Fatalf("%q was read, which is no object: %v", body, err)
		}
		id := ""
		if text := want["id"]; text != nil && json.Unmarshal(text, &id) != nil || id != got.ID {
			t.Errorf("%q: got %+v, want the id %q", body, got, id)
		}
	})
}
