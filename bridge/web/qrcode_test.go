package web_test

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/wallet"
)

func TestWhatAnotherPhoneMayScan(t *testing.T) {
	for name, test := range map[string]struct {
		action *wallet.Action
		image  bool
	}{
		"nothing":                     {nil, false},
		"a payment URL":               {&wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.example/cashier?x=1"}, true},
		"a long payment URL":          {&wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.example/?" + strings.Repeat("a", 700)}, true},
		"a page":                      {&wallet.Action{Type: wallet.ActionRedirect, URL: "https://wallet.example"}, true},
		"an app":                      {&wallet.Action{Type: wallet.ActionDeeplink, URL: "wallet://pay/1"}, true},
		"a code":                      {&wallet.Action{Type: wallet.ActionQR, Content: "wallet:1"}, true},
		"what only my.tradePay opens": {&wallet.Action{Type: wallet.ActionTradeNO, TradeNO: "1"}, false},
		"a choice":                    {&wallet.Action{Type: wallet.ActionChooseMethod, Methods: []wallet.Method{{ID: "card"}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			before := wallet.Action{}
			if test.action != nil {
				before = *test.action
			}
			got := web.WithLinkQRCode(test.action)
			if has := got != nil && strings.HasPrefix(got.Image, "data:image/svg+xml;base64,"); has != test.image {
				t.Errorf("an image: %v, want %v", has, test.image)
			}
			if test.action != nil && test.action.Image != before.Image {
				t.Error("the order's own action was changed")
			}
		})
	}
}
