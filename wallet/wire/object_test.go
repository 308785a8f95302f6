package wire_test

import (
	"encoding/json"
	"math"
	"testing"
	"unicode/utf8"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

func usd(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }

func TestObjectsAreWrittenMemberByMember(t *testing.T) {
	inner := func() wire.Object { return wire.NewObject().Text("a", "1") }
	for name, c := range map[string]struct {
		got  wire.Object
		want string
	}{
		"nothing":                         {wire.NewObject(), `{}`},
		"members in the order of calls":   {wire.NewObject().Text("b", "1").Text("a", "2"), `{"b":"1","a":"2"}`},
		"an empty text is left out":       {wire.NewObject().Text("a", "").Text("b", "1"), `{"b":"1"}`},
		"HTML is not escaped":             {wire.NewObject().Text("a", "<a href='?x=1&y=2'>"), `{"a":"<a href='?x=1&y=2'>"}`},
		"nor beside what is":              {wire.NewObject().Text("a", "\"<&>\" ٢"), `{"a":"\"<&>\" ٢"}`},
		"control characters are escaped":  {wire.NewObject().Text("a", "\\\n\x01"), `{"a":"\\\n\u0001"}`},
		"bytes that are no UTF-8":         {wire.NewObject().Text("a", "x\xffy"), "{\"a\":\"x\ufffdy\"}"},
		"an integer of 0 is written":      {wire.NewObject().Int("a", 0).Int("b", -7), `{"a":0,"b":-7}`},
		"numbers in major units":          {wire.NewObject().Number("a", wire.Major(usd(1234))).Number("b", wire.Major(usd(10))), `{"a":12.34,"b":0.1}`},
		"a whole number has no point":     {wire.NewObject().Number("a", wire.Major(usd(1000))), `{"a":10}`},
		"a flag is true or left out":      {wire.NewObject().Flag("a", false).Flag("b", true), `{"b":true}`},
		"a boolean is always written":     {wire.NewObject().Bool("a", false).Bool("b", true), `{"a":false,"b":true}`},
		"an object inside":                {wire.NewObject().Inner("o", inner()).Text("b", "2"), `{"o":{"a":"1"},"b":"2"}`},
		"an empty object is left out":     {wire.NewObject().Inner("o", wire.NewObject()).InnerText("p", wire.NewObject()), `{}`},
		"an object as text":               {wire.NewObject().InnerText("o", inner()), `{"o":"{\"a\":\"1\"}"}`},
		"objects in an array":             {wire.NewObject().List("l", inner(), inner()), `{"l":[{"a":"1"},{"a":"1"}]}`},
		"an empty array is written":       {wire.NewObject().List("l"), `{"l":[]}`},
		"an amount in minor units":        {wire.NewObject().Amount("m", usd(-5)), `{"m":{"currency":"USD","value":"-5"}}`},
		"an amount of the largest number": {wire.NewObject().Amount("m", usd(math.MaxInt64)), `{"m":{"currency":"USD","value":"9223372036854775807"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(c.got.End()); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestAnObjectMayOutgrowItsRoom(t *testing.T) {
	o := wire.NewObject()
	for range 500 {
		o = o.Text("member", "with some text")
	}
	if !json.Valid(o.End()) {
		t.Error("got no JSON")
	}
}

func FuzzObject(f *testing.F) {
	f.Add("Tea & \"cake\"\n\\", "https://shop.example/?a=b")
	f.Add("\x00\xff٢\x7f", "é\u2028")
	f.Fuzz(func(t *testing.T, a, b string) {
		text := wire.NewObject().Text("a", a).Inner("o", wire.NewObject().Text("b", b)).End()
		var got struct {
			A string
			O struct{ B string }
		}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if utf8.ValidString(a) && utf8.ValidString(b) && (got.A != a || got.O.B != b) {
			t.Errorf("got %+v from %s", got, text)
		}
	})
}
