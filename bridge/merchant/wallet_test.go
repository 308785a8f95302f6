package merchant_test

import "testing"

func TestWallets(t *testing.T) {
	w := newWorld(t)
	got := w.call("GET", "/wallets", "").Body.String()
	want := `{"wallets":[` +
		`{"name":"sandbox","default":true,"capabilities":{"query":true,"capture":true,"void":true,"cancel":true,"refund":true,"refundQuery":true,` +
		`"signIn":false,"notifications":true,"methods":false,"agreements":false,"methodTokens":false},"health":{"circuit":"closed","calls":3}},` +
		`{"name":"second","default":false,"capabilities":{"query":false,"capture":false,"void":false,"cancel":false,"refund":false,"refundQuery":false,` +
		`"signIn":true,"notifications":false,"methods":true,"agreements":true,"methodTokens":false},"health":{"circuit":"open","calls":0}}]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := w.send("GET", "/wallets", "", "Authorization", w.club).Body.String(); got != `{"wallets":[]}` {
		t.Errorf("got %s", got)
	}
}
