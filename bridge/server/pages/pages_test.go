package pages

import (
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/internal/design"
	"github.com/minitill/minitill/wallet"
)

func order(status wallet.Status) *view.Order {
	money := func(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "IQD"} }
	return &view.Order{
		ID: "ord_1", Status: status, Amount: money(12_345), Paid: money(0), Refunded: money(0), RefundPending: money(0),
		Description: `<b>tea</b>`, ExpiresAt: time.Now().Add(10*time.Minute + 30*time.Second),
	}
}

func show(v View, kind string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/pay/token", nil)
	if kind == "payment" {
		Payment(w, r, v)
	} else {
		Return(w, r, v)
	}
	return w
}

func TestOpenOrdersNeverReadFailed(t *testing.T) {
	for _, language := range design.Languages {
		failedWord := texts[language].States[failed].Title
		for _, status := range []wallet.Status{wallet.Created, wallet.Pending, wallet.Authorized} {
			w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/?lang="+string(language), nil)
			Payment(w, r, View{Order: order(status)})
			if strings.Contains(w.Body.String(), failedWord) {
				t.Errorf("%s, %s: the page has %q", language, status, failedWord)
			}
		}
	}
}

func TestOnlyOpenOrdersRefresh(t *testing.T) {
	for status, want := range map[wallet.Status]bool{
		wallet.Created: true, wallet.Pending: true, wallet.Authorized: true,
		wallet.Paid: false, wallet.Failed: false, wallet.Canceled: false, wallet.Expired: false, wallet.Voided: false,
	} {
		body := show(View{Order: order(status), RefreshAfter: 7}, "payment").Body.String()
		if got := strings.Contains(body, `<noscript><meta http-equiv="refresh" content="7"></noscript>`); got != want {
			t.Errorf("%s: refreshes %v, want %v", status, got, want)
		}
	}
}

func TestAmountAndTextAreWrittenSafely(t *testing.T) {
	body := show(View{Title: `"><script>`, Order: order(wallet.Pending)}, "payment").Body.String()
	for _, want := range []string{"12.345 IQD", "&lt;b&gt;tea&lt;/b&gt;"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, forbidden := range []string{"<b>tea", "<script>", "style=", "onclick"} {
		if strings.Contains(body, forbidden) {
			t.Errorf("the page has %q", forbidden)
		}
	}
}

func TestLinksLeadOnlyWhereBrowsersMayGo(t *testing.T) {
	for target, want := range map[string]bool{
		"https://wallet.example/pay?a=b%2Bc": true, "superwallet://pay?id=1": true, "alipays:platform?x=1": true,
		"javascript:alert(1)": false, "JavaScript:alert(1)": false, "data:text/html,x": false, "vbscript:x": false, "pay": false, "": false,
	} {
		v := View{Order: order(wallet.Pending), Action: &wallet.Action{Type: wallet.ActionDeeplink, URL: target}}
		body := show(v, "payment").Body.String()
		if got := strings.Contains(body, "open-wallet"); got != want {
			t.Errorf("%q: linked %v, want %v", target, got, want)
		}
	}
	v := View{Order: order(wallet.Paid), ContinueURL: "javascript:alert(1)"}
	if body := show(v, "return").Body.String(); strings.Contains(body, "alert") {
		t.Error("the way back to the shop may run scripts")
	}
}

func TestAPhoneThatShowsAQRCodeOpensTheLinkBesideIt(t *testing.T) {
	for _, c := range []struct {
		action wallet.Action
		want   string
	}{
		{wallet.Action{Type: wallet.ActionQR, Content: "00020101", URL: "wallet://pay?id=1", Image: "data:image/png;base64,AAAA"}, `href="wallet://pay?id=1"`},
		{wallet.Action{Type: wallet.ActionQR, Content: "wallet://qr/1", Image: "data:image/png;base64,AAAA"}, `href="wallet://qr/1"`},
	} {
		body := show(View{Order: order(wallet.Pending), Action: &c.action}, "payment").Body.String()
		if !strings.Contains(body, c.want) || !strings.Contains(body, c.action.Image) {
			t.Errorf("the page of %+v lacks %s or the code", c.action, c.want)
		}
	}
}

func TestPaymentURLIsPassedOnUntouched(t *testing.T) {
	const url = "https://wallet.example/cashier?token=v1%2Babc%3D&x=1"
	v := View{Order: order(wallet.Pending), Action: &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: url}}
	if body := show(v, "payment").Body.String(); !strings.Contains(body, `href="`+strings.ReplaceAll(url, "&", "&amp;")+`"`) {
		t.Errorf("the page lacks %s:\n%s", url, body)
	}
}

func TestPaidOrdersThatNeedAPersonAreStillPaid(t *testing.T) {
	o := order(wallet.Paid)
	o.Attention = []bridge.Attention{bridge.DoublePayment}
	v := View{Order: o, ContinueURL: "https://shop.example/"}
	if got := v.state(); got != paid {
		t.Errorf("got %s, want paid", got)
	}
	if strings.Contains(show(v, "return").Body.String(), "data-leave") {
		t.Error("the page leaves before the note can be read")
	}
}

func TestMoneyThatWasTakenBackIsNotCalledPaid(t *testing.T) {
	taken := func(paid, reversed int64) *view.Order {
		o := order(wallet.Paid)
		o.Paid.Minor = paid
		o.Reversed = &view.Reversal{Amount: wallet.Money{Minor: reversed, Currency: "IQD"}, At: time.Now()}
		return o
	}
	flagged := taken(12_345, 12_345)
	flagged.Attention = []bridge.Attention{bridge.PaymentReversed}
	for name, test := range map[string]struct {
		order *view.Order
		want  state
	}{
		"all of it":                  {taken(12_345, 12_345), reversed},
		"a part of it":               {taken(12_345, 1), reversed},
		"while a person looks at it": {flagged, attention},
		"one of two payments, so that it is paid": {taken(24_690, 12_345), paid},
	} {
		if got := (View{Order: test.order}).state(); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
	body := show(View{Order: taken(12_345, 12_345), ContinueURL: "https://shop.example/"}, "return").Body.String()
	if strings.Contains(body, "data-leave") || !strings.Contains(body, "taken back") {
		t.Errorf("the page is %s", body)
	}
}

func TestAClosedOrderOffersNothingToPay(t *testing.T) {
	action := &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.example/pay"}
	for name, test := range map[string]struct {
		status, closed wallet.Status
		want           state
	}{
		"its payment is open":                 {wallet.Pending, wallet.Canceled, waiting},
		"its payment is open past its time":   {wallet.Pending, wallet.Expired, waiting},
		"its payment had failed":              {wallet.Failed, wallet.Canceled, canceled},
		"its payment had failed, and expired": {wallet.Failed, wallet.Expired, expired},
		"it was paid all the same":            {wallet.Paid, wallet.Canceled, paid},
		"it is not closed":                    {wallet.Pending, "", ready},
	} {
		v := View{Order: order(test.status), Action: action, Closed: test.closed}
		if got := v.state(); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
		if linked := strings.Contains(show(v, "payment").Body.String(), "wallet.example"); linked != (test.want == ready) {
			t.Errorf("%s: leads to the wallet: %v", name, linked)
		}
	}
}

func TestThePagesVersionChangesWithAllThatItShows(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	version := func(change func(v *View)) string {
		v := View{Order: order(wallet.Pending)}
		change(&v)
		return draw(r, v, "return").Version()
	}
	seen := map[string]string{}
	for name, change := range map[string]func(v *View){
		"pending":     func(*View) {},
		"paid":        func(v *View) { v.Order.Status = wallet.Paid },
		"closed":      func(v *View) { v.Closed = wallet.Canceled },
		"one reason":  func(v *View) { v.Order.Attention = []bridge.Attention{bridge.LatePayment} },
		"two reasons": func(v *View) { v.Order.Attention = []bridge.Attention{bridge.LatePayment, bridge.ForeignRefund} },
		"taken back": func(v *View) {
			v.Order.Reversed = &view.Reversal{Amount: wallet.Money{Minor: 1, Currency: "IQD"}}
		},
	} {
		got := version(change)
		if other, there := seen[got]; there {
			t.Errorf("%s and %s are both %q", name, other, got)
		}
		seen[got] = name
	}
	if got := version(func(v *View) { v.Order.Attention = []bridge.Attention{bridge.LatePayment, bridge.ForeignRefund} }); got != "pending:::late_payment,foreign_refund" {
		t.Errorf("got %q, which follow.js builds otherwise", got)
	}
}

func TestUnknownOrdersAreNotFound(t *testing.T) {
	w := show(View{}, "return")
	if w.Code != 404 {
		t.Errorf("got %d, want 404", w.Code)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestEveryLanguageHasEveryText(t *testing.T) {
	for language, said := range texts {
		for state := range english.States {
			if s := said.States[state]; s.Title == "" || s.Body == "" || s.Next == "" {
				t.Errorf("%s: the state %s lacks words", language, state)
			}
		}
		fields := reflect.ValueOf(*said)
		for i := range fields.NumField() {
			if fields.Field(i).IsZero() {
				t.Errorf("%s: %s is empty", language, fields.Type().Field(i).Name)
			}
		}
	}
}
