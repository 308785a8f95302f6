package design

import (
	"strings"
	"testing"
)

func TestATokensAmountHasNoPaddingZeros(t *testing.T) {
	for decimal, want := range map[string]string{
		"100.000000": "100", "12.300000": "12.30", "12.345678": "12.345678", "0.015000000": "0.015", "0.000000001": "0.000000001",
		"1000000": "1000000", "12.30": "12.30", "12.500": "12.500", "12.0000": "12.0000", "0.00000000": "0", "-5.000000": "-5",
	} {
		if got := withoutPadding(decimal); got != want {
			t.Errorf("%s: got %s, want %s", decimal, got, want)
		}
	}
}

func TestAnAmountKeepsItsDigitsBesideItsText(t *testing.T) {
	got := string(Money("12.300000", "USDT"))
	if want := `<data class="money" dir="ltr" value="12.300000" data-currency="USDT">12.30 USDT</data>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := string(Money(`"><script>`, `<b>`)); strings.ContainsAny(strings.TrimSuffix(strings.TrimPrefix(got, "<data "), "</data>"), "<") {
		t.Errorf("an amount is markup: %s", got)
	}
}

func TestALongAmountHasASizeThatFits(t *testing.T) {
	css := string(own.byName["design.css"].data)
	script := string(own.byName["money.js"].data)
	for _, l := range append(moneyLengths, struct {
		most  int
		class string
	}{36, "money--36"}) {
		if got := moneyClass(strings.Repeat("9", l.most)); got != "money "+l.class {
			t.Errorf("%d characters: got %q, want %s", l.most, got, l.class)
		}
		if !strings.Contains(css, ".amount ."+l.class) || !strings.Contains(script, "'"+l.class+"'") {
			t.Errorf("design.css or money.js lacks %s", l.class)
		}
	}
	if got := moneyClass("12.30 USD"); got != "money" {
		t.Errorf("a short amount: got %q", got)
	}
}
