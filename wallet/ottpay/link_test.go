package ottpay

import (
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

func TestAParameterIsAppendedAndNothingElseChanges(t *testing.T) {
	for link, want := range map[string]string{
		"https://ott.example/pay":                     "https://ott.example/pay?selected=ALIPAY",
		"https://ott.example/pay?token=a%2Bb&z=1&a=2": "https://ott.example/pay?token=a%2Bb&z=1&a=2&selected=ALIPAY",
		"https://ott.example/pay?selected=NONE&z=1":   "https://ott.example/pay?z=1&selected=ALIPAY",
		"https://ott.example/pay?a=1#top":             "https://ott.example/pay?a=1&selected=ALIPAY#top",
	} {
		if got := withParameter(link, "selected", "ALIPAY"); got != want {
			t.Errorf("%s: got %s, want %s", link, got, want)
		}
	}
	if got := withParameter("https://ott.example/pay", "", "x"); got != "https://ott.example/pay" {
		t.Errorf("without a name: got %s", got)
	}
}

func TestAProviderAtHTTPSSendsPayersNowhereElse(t *testing.T) {
	secure, plain := account{base: wire.Base{Host: "https://ott.example"}}, account{base: wire.Base{Host: "http://127.0.0.1:1"}}
	for link, want := range map[string]bool{
		"https://ott.example/pay": true, "http://ott.example/pay": false, "javascript:alert(1)": false, "": false, "https://a b": false,
	} {
		if _, err := secure.action(wallet.ActionRedirect, link); (err == nil) != want {
			t.Errorf("%q: got %v, want it taken: %v", link, err, want)
		}
	}
	if _, err := plain.action(wallet.ActionRedirect, "http://127.0.0.1:1/pay"); err != nil {
		t.Errorf("a simulator's link: got %v", err)
	}
}

// An order that was refunded by hand or twice is never judged by a sum that fits by chance:
// with other refunds open, only all of them or none of them says something.
func TestASumSaysSomethingOnlyWhenItIsAllOrNothing(t *testing.T) {
	cad := func(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "CAD"} }
	books := wallet.RefundBooks{Amount: cad(400), Refunded: cad(100), Open: cad(200)}
	for sum, want := range map[int64]refundState{
		100: refundAbsent, 700: refundDone, 500: refundUnclear, 300: refundUnclear, 0: refundUnclear, 701: refundUnclear,
	} {
		if got := compare(cad(sum), books); got != want {
			t.Errorf("%d: got %v, want %v", sum, got, want)
		}
	}
}
