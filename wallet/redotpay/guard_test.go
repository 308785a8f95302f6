package redotpay_test

import (
	"bytes"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
)

// refunding is a wallet that gets the same answer to every call.
func refunding(t *testing.T, answer string) redotpay.Refunding {
	t.Helper()
	far := &fixed{status: 200, body: []byte(answer)}
	w, err := settings(t, "https://acquirer.redotpay.example").Open(wallet.Env{HTTP: &http.Client{Transport: far}})
	if err != nil {
		t.Fatal(err)
	}
	return w.(redotpay.Refunding)
}

func TestARefundWhosePaymentCannotBeNamedIsNotExecuted(t *testing.T) {
	for name, answer := range map[string]string{
		"is not known": `{"code":"ORDER_NOT_FOUND"}`, "cannot be queried": `{"code":"SYSTEM_ERROR"}`,
	} {
		req := wallet.RefundRequest{RequestID: "REFUND1", Payment: wallet.Ref{RequestID: orderID}, Amount: paymentRequest(orderID).Amount}
		if _, err := refunding(t, answer).Refund(t.Context(), req); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("a refund of an order that %s: got %v, want Unavailable, since nothing was requested", name, err)
		}
	}
}

func TestAQueryOfARefundNeverEndsIt(t *testing.T) {
	ref := wallet.RefundRef{RequestID: "REFUND1"}
	if _, err := refunding(t, `{"code":"PARAM_ERROR"}`).QueryRefund(t.Context(), ref); fault.KindOf(err) != fault.Unknown {
		t.Errorf("a refused query: got %v, want Unknown", err)
	}
	ref = wallet.RefundRef{RefundID: "RAR1"}
	if _, err := refunding(t, `{"code":"SUCCESS","data":{"refundSn":"RAR1"}}`).QueryRefund(t.Context(), ref); fault.KindOf(err) != fault.Unsupported {
		t.Errorf("without our number: got %v, want Unsupported", err)
	}
}

func TestAnUnreadableRefundSaysNothingOfHowItStands(t *testing.T) {
	n, err := open(t).reported(t, `{"actionType":"ACQUIRER_REFUND","outerOrder":"`+orderID+`","outerRefundSn":"R1","refundAmount":1e40,"orderCurrency":"USD","refundStatus":2}`)
	if err != nil || len(n.Events) != 1 || n.Events[0].Unreadable == "" || n.Events[0].Refund.Status != "" {
		t.Errorf("got %+v and %v, want a refund event without a status", n, err)
	}
}

func TestWebhooksWithoutAStatusAreDistinguishedByTheirContent(t *testing.T) {
	s, seen := open(t), map[string]bool{}
	for _, rate := range []string{"1", "2"} {
		n, err := s.reported(t, `{"actionType":"ACQUIRER_PAY","outerOrder":"`+orderID+`","txId":"T1","rate":`+rate+`}`)
		if err != nil || len(n.Events) != 1 {
			t.Fatalf("got %+v and %v", n, err)
		}
		seen[n.Events[0].ID] = true
	}
	if len(seen) != 2 {
		t.Errorf("two webhooks have the ids %v, want one each", seen)
	}
}

func TestWhatNoDeviceOpensIsNoAction(t *testing.T) {
	w := opened(t, func(c *redotpay.Config) { c.Flow = "openApi" })
	for name, place := range map[string]string{
		"a code larger than a QR code": `"qrCode":"` + strings.Repeat("1", 2954) + `"`, "an app link with a blank": `"appUrl":"redotpay://pay?a=1 2"`,
	} {
		if got, err := w.ActionOf([]byte(`{`+place+`}`), wallet.Web); err != nil || got != nil {
			t.Errorf("%s: got %+v and %v, want nothing", name, got, err)
		}
	}
	if got, err := w.ActionOf([]byte(`{"qrCode":"`+strings.Repeat("1", 2953)+`"}`), wallet.Web); err != nil || got == nil {
		t.Errorf("a code that just fits: got %+v and %v", got, err)
	}
	many := `{"paymentMethods":[` + strings.TrimSuffix(strings.Repeat(`{"id":"1"},`, 65), ",") + `]}`
	for i := range 65 {
		many = strings.Replace(many, `"id":"1"}`, `"id":"m`+strings.Repeat("x", i)+`"}`, 1)
	}
	for name, answer := range map[string]string{"65 methods": many, "a method with a long id": `{"paymentMethods":[{"id":"` + strings.Repeat("x", 65) + `"}]}`} {
		if _, err := w.ActionOf([]byte(answer), wallet.Web); err == nil {
			t.Errorf("%s are offered", name)
		}
	}
}

func TestAPayerWhoseIDIsTooLongIsNamedByThePayment(t *testing.T) {
	req := paymentRequest(orderID)
	for id, want := range map[string]string{"": orderID, strings.Repeat("p", 32): strings.Repeat("p", 32), strings.Repeat("p", 33): orderID} {
		req.Payer.ID = id
		if body := opened(t).EncodeCreate(req); !bytes.Contains(body, []byte(`"outerUid":"`+want+`"`)) {
			t.Errorf("payer %q: sent %s, want outerUid %s", id, body, want)
		}
	}
}

func TestAnOpenWalletKeepsNoKeyInItsSettings(t *testing.T) {
	if opened(t).KeepsKeys() {
		t.Error("the settings still hold a key")
	}
}

// places are those of the payment that create answers with these methods.
func places(t *testing.T, channel wallet.Channel, methods string) map[string]wallet.Action {
	t.Helper()
	req := paymentRequest(orderID)
	req.Channel = channel
	p, err := refunding(t, `{"code":"SUCCESS","data":{"orderSn":"RAP1","webUrl":"https://pay.example/w","paymentMethods":[`+methods+`]}}`).CreatePayment(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	reported := map[string]wallet.Action{}
	for _, place := range p.Places {
		reported[place.Method] = place.Action
	}
	return reported
}

func TestCreateReportsTheActionsOfMethodsThatAreNotManual(t *testing.T) {
	const methods = `{"id":"1","manual":false,"webUrl":"https://pay.example/m","appUrl":"redotpay://m","qrCode":"redotpay://qr/1"},` +
		`{"id":"2","manual":true,"webUrl":"https://pay.example/2"},{"id":"3","manual":false},{"id":"4","webUrl":"https://pay.example/4"},{"id":"5"}`
	code := wallet.Action{Type: wallet.ActionQR, Content: "redotpay://qr/1", URL: "https://pay.example/m"}
	link := wallet.Action{Type: wallet.ActionRedirect, URL: "https://pay.example/4"}
	for channel, want := range map[wallet.Channel]map[string]wallet.Action{
		wallet.Web: {"1": code, "4": link}, wallet.H5: {"1": code, "4": link},
		wallet.App: {"1": {Type: wallet.ActionDeeplink, URL: "redotpay://m"}, "4": link},
	} {
		if got := places(t, channel, methods); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", channel, got, want)
		}
	}
}

func TestThePlacesOfMethodsAreBounded(t *testing.T) {
	long := "https://pay.example/" + strings.Repeat("l", redotpay.MostPlaces/2-len("https://pay.example/")-1)
	method := func(id, url string) string { return `{"id":"` + id + `","manual":false,"webUrl":"` + url + `"}` }
	got := places(t, wallet.Web, strings.Join([]string{method("1", long), method("2", long+"l"), method("3", long), method("4", long+"l")}, ","))
	if len(got) != 2 || got["1"].URL == "" || got["3"].URL == "" {
		t.Errorf("%d places are kept, want the first and the third, which just fit", len(got))
	}
}
