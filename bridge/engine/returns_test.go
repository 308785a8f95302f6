package engine_test

import (
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func TestPayersReturnToOriginsOfTheAppOnly(t *testing.T) {
	t.Parallel()
	app := engine.App{ReturnURL: "https://Shop.example/thanks", ReturnOrigins: []string{"https://club.example:8443", "http://127.0.0.1:3000"}}
	for address, want := range map[string]bool{
		"https://shop.example/x?y=1": true, "https://SHOP.EXAMPLE/": true, "https://shop.example:443/": true, "HTTPS://shop.example": true,
		"https://club.example:8443/": true, "https://CLUB.example:8443": true, "http://127.0.0.1:3000/a": true,
		"http://shop.example/": false, "https://shop.example:444/": false, "https://club.example/": false, "https://shop.example.evil.example/": false,
		"https://shop.example@evil.example/": false, "https://evil@shop.example/": false, "https://evil.example/?https://shop.example": false,
		"//shop.example/": false, "/thanks": false, "javascript:alert(1)": false, "": false, "https://": false, "https:shop.example": false,
	} {
		if got := app.ReturnsTo(address); got != want {
			t.Errorf("%q: got %v, want %v", address, got, want)
		}
	}
	if nowhere := (&engine.App{}); nowhere.ReturnsTo("") || nowhere.ReturnsTo("https://shop.example/") {
		t.Error("an app without addresses sends payers somewhere")
	}
}

func TestAnOrderThatWouldNotReturnToItsAddressIsRefused(t *testing.T) {
	w := newWorld(t)
	w.config.Apps[0].ReturnURL = "https://shop.example/thanks"
	w.restart()
	order := func(returnURL string) error {
		_, err := w.engine.CreateOrder(w.ctx, engine.OrderRequest{
			App: "shop", Source: bridge.FromMerchant, Unpaid: true, ReturnURL: returnURL,
			Price: &pricing.Price{Amount: wallet.Money{Minor: 450, Currency: "USD"}, Description: "Latte"},
		}, nil)
		return err
	}
	for _, good := range []string{"", "https://SHOP.example/back"} {
		if err := order(good); err != nil {
			t.Errorf("%q: got %v", good, err)
		}
	}
	for _, bad := range []string{"https://other.example/back", "http://shop.example/back"} {
		err := order(bad)
		if fault.KindOf(err) != fault.Invalid || err == nil || fault.Of(err).Fields[0].Name != "returnUrl" {
			t.Errorf("%q: got %v, want Invalid about returnUrl", bad, err)
		}
	}
}
