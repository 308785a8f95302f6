package redotpay_test

import (
	"reflect"
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
)

const links = `"webUrl":"https://pay.example/w","h5Url":"https://pay.example/h","appUrl":"redotpay://pay?sn=1"`

func redirect(url string) *wallet.Action {
	return &wallet.Action{Type: wallet.ActionRedirect, URL: url}
}
func deeplink(url string) *wallet.Action {
	return &wallet.Action{Type: wallet.ActionDeeplink, URL: url}
}
func choice(methods ...wallet.Method) *wallet.Action {
	return &wallet.Action{Type: wallet.ActionChooseMethod, Methods: methods}
}

func TestThePayerGoesWhereTheChannelAndTheFlowSay(t *testing.T) {
	const both = `{` + links + `,"paymentMethods":[{"id":"1","name":"RedotPay","manual":false,"webUrl":"https://pay.example/m"},{"id":2,"manual":true}]}`
	methods := choice(wallet.Method{ID: "1", Name: "RedotPay"}, wallet.Method{ID: "2", Name: "2"})
	const one = `{"manual":false,"paymentMethods":[{"id":"1","webUrl":"https://pay.example/m","qrCode":"redotpay://qr/1"}]}`
	for name, c := range map[string]struct {
		flow    string
		channel wallet.Channel
		answer  string
		want    *wallet.Action
	}{
		"a browser gets the web link":              {"", wallet.Web, `{` + links + `}`, redirect("https://pay.example/w")},
		"a phone's browser gets the h5 link":       {"", wallet.H5, `{` + links + `}`, redirect("https://pay.example/h")},
		"a mini program gets the h5 link":          {"", wallet.MiniProgram, `{` + links + `}`, redirect("https://pay.example/h")},
		"an app gets the app link":                 {"", wallet.App, `{` + links + `}`, deeplink("redotpay://pay?sn=1")},
		"an app gets an app link of the web":       {"", wallet.App, `{"appUrl":"https://app.example/p"}`, deeplink("https://app.example/p")},
		"a browser falls back to the h5 link":      {"", wallet.Web, `{"h5Url":"https://pay.example/h","appUrl":"redotpay://p"}`, redirect("https://pay.example/h")},
		"a browser falls back to the app link":     {"", wallet.Web, `{"appUrl":"redotpay://p"}`, deeplink("redotpay://p")},
		"an app falls back to the h5 link":         {"", wallet.App, `{"webUrl":"https://pay.example/w","h5Url":"https://pay.example/h"}`, redirect("https://pay.example/h")},
		"paylink prefers links to methods":         {"paylink", wallet.Web, both, redirect("https://pay.example/w")},
		"paylink without links offers methods":     {"paylink", wallet.Web, `{"paymentMethods":[{"id":"2","name":"Other","manual":true}]}`, choice(wallet.Method{ID: "2", Name: "Other"})},
		"open-api offers methods":                  {"openApi", wallet.Web, both, methods},
		"open-api without methods takes the link":  {"openApi", wallet.Web, `{` + links + `}`, redirect("https://pay.example/w")},
		"one method that is not manual is taken":   {"openApi", wallet.Web, one, &wallet.Action{Type: wallet.ActionQR, Content: "redotpay://qr/1", URL: "https://pay.example/m"}},
		"a phone opens the link beside a QR code":  {"openApi", wallet.H5, one, redirect("https://pay.example/m")},
		"one manual method is offered":             {"openApi", wallet.Web, `{"paymentMethods":[{"id":"1","manual":true,"webUrl":"https://pay.example/m"}]}`, choice(wallet.Method{ID: "1", Name: "1"})},
		"a method that leads nowhere is manual":    {"openApi", wallet.Web, `{"paymentMethods":[{"id":"1"}]}`, choice(wallet.Method{ID: "1", Name: "1"})},
		"a QR code alone is shown":                 {"openApi", wallet.App, `{"paymentMethods":[{"id":"1","qrContent":"000201"}]}`, &wallet.Action{Type: wallet.ActionQR, Content: "000201"}},
		"links without TLS are not opened":         {"", wallet.Web, `{"webUrl":"http://pay.example/w"}`, nil},
		"links with userinfo are not opened":       {"", wallet.Web, `{"webUrl":"https://me@pay.example/w","appUrl":"redotpay://me@pay"}`, nil},
		"the web link must be a web page":          {"", wallet.Web, `{"webUrl":"redotpay://p"}`, nil},
		"scripts are not opened":                   {"", wallet.App, `{"appUrl":"javascript:alert(1)","url":"data:text/html,x"}`, nil},
		"an answer that leads nowhere has nothing": {"", wallet.Web, `{"webUrl":"","h5Url":null}`, nil},
	} {
		w := opened(t, func(config *redotpay.Config) { config.Flow = c.flow })
		got, err := w.ActionOf([]byte(c.answer), c.channel)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v and %v, want %+v", name, got, err, c.want)
		}
	}
	for name, answer := range map[string]string{
		"there twice": `{"paymentMethods":[{"id":"1"},{"id":1}]}`, "without an id": `{"paymentMethods":[{"name":"x"}]}`,
	} {
		if _, err := opened(t).ActionOf([]byte(answer), wallet.Web); err == nil {
			t.Errorf("a method that is %s is offered", name)
		}
	}
	w := opened(t, func(c *redotpay.Config) { c.BaseURL = "http://127.0.0.1:1" })
	if got, err := w.ActionOf([]byte(`{"webUrl":"http://127.0.0.1:1/w"}`), wallet.Web); err != nil || got == nil {
		t.Errorf("a provider that is called without TLS: got %+v and %v, want its link", got, err)
	}
}
