package ottpay_test

import (
	"encoding/base64"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay"
	"github.com/minitill/minitill/wallet/ottpay/simulator"
)

// published is one of the sheet's vectors as a callback.
func published(t *testing.T, name string) map[string]string {
	t.Helper()
	for _, v := range testdata.Vectors[struct{ Name, Data, Signature string }](t, "ottpay") {
		if v.Name == name {
			return map[string]string{
				"rsp_code": "SUCCESS", "rsp_msg": "success", "merchant_id": "ON00009999", "data": v.Data, "md5": v.Signature,
			}
		}
	}
	t.Fatalf("there is no vector %s", name)
	return nil
}

func delivered(body []byte, contentType string) wallet.Delivery {
	return wallet.Delivery{
		Method: http.MethodPost, Path: "/notify/wallet", Header: http.Header{"Content-Type": {contentType}}, Body: body, ReceivedAt: time.Now(),
	}
}

func asJSON(t *testing.T, outer map[string]string) wallet.Delivery {
	t.Helper()
	body, err := json.Marshal(outer)
	if err != nil {
		t.Fatal(err)
	}
	return delivered(body, "application/json")
}

// reported returns a wallet that only receives notifications.
func reported(t *testing.T) wallet.Notifier {
	t.Helper()
	w, err := settings("web", "https://frontapi.ottpay.com:443/processV2").Open(wallet.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return w.(wallet.Notifier)
}

// parse reads a callback of one event.
func parse(t *testing.T, d wallet.Delivery) wallet.Event {
	t.Helper()
	n, err := reported(t).ParseNotification(t.Context(), d)
	if err != nil || len(n.Events) != 1 || !n.Confirm {
		t.Fatalf("got %+v and %v, want one event that is to be confirmed", n, err)
	}
	return n.Events[0]
}

func cad(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "CAD"} }

func TestACallbackKeepsFeeAndTipApart(t *testing.T) {
	p := parse(t, asJSON(t, published(t, "V6"))).Payment
	fees := []wallet.Fee{{Type: "convenience_fee", Amount: cad(10)}}
	if p.Status != wallet.Paid || p.Amount != (wallet.Money{}) || p.Charged != cad(1260) || !slices.Equal(p.Fees, fees) {
		t.Errorf("got %+v, want 12.60 charged, and 0.10 of it or beside it a fee", p)
	}
	if p.PaymentID != "17672550051234567" || !slices.Equal(p.OtherIDs, []string{"AL0001112223334"}) {
		t.Errorf("got the ids %q and %q", p.PaymentID, p.OtherIDs)
	}
	if want := time.Date(2026, 1, 1, 8, 10, 5, 0, time.UTC); !p.OccurredAt.Equal(want) {
		t.Errorf("paid at %v, want %v: finish_time is Beijing's", p.OccurredAt, want)
	}
}

func TestTheStatusOfARESTCallbackDecidesItsKind(t *testing.T) {
	card := parse(t, asJSON(t, published(t, "N1"))).Payment
	if card.Status != wallet.Paid || card.Code != "captured" || !card.OccurredAt.IsZero() {
		t.Errorf("got %q at %v, want paid at a time that is not read: its zone is not known", card.Status, card.OccurredAt)
	}
	chinese := parse(t, asJSON(t, published(t, "N2"))).Payment
	if chinese.Status != wallet.Paid || chinese.Charged != cad(1260) || chinese.OccurredAt.IsZero() {
		t.Errorf("got %+v, want paid", chinese)
	}
}

// sealing is a provider that seals what it is given.
func sealing(t *testing.T) *simulator.Provider { return open(t, "web").provider }

func sealedAs(t *testing.T, code, plain string) wallet.Delivery {
	t.Helper()
	m := sealing(t).Sign([]byte(plain))
	return delivered([]byte(strings.Replace(string(m.Body), `"rsp_code":"SUCCESS"`, `"rsp_code":"`+code+`"`, 1)), "application/json")
}

func TestACallbackOfAnotherStatusIsNoPayment(t *testing.T) {
	for about, c := range map[string]struct {
		code, plain string
		want        wallet.Status
	}{
		"a success that the envelope denies":   {"FAIL", `{"order_id":"1","amount":"5"}`, ""},
		"a code that is not known":             {"WEATHER", `{"order_id":"1","amount":"5"}`, ""},
		"authorised, though it says SUCCESS":   {"SUCCESS", `{"order_id":"1","amount":"5","order_status":"authorised"}`, wallet.Authorized},
		"a failure, though it says SUCCESS":    {"SUCCESS", `{"order_id":"1","amount":"5","order_status":"failure"}`, wallet.Failed},
		"closed":                               {"SUCCESS", `{"order_id":"1","amount":"5","order_status":"orderclosed"}`, wallet.Failed},
		"a status that is not known":           {"SUCCESS", `{"order_id":"1","amount":"5","order_status":"weather"}`, ""},
		"captured, though the envelope denies": {"FAIL", `{"order_id":"1","amount":"5","order_status":"captured"}`, wallet.Paid},
	} {
		if got := parse(t, sealedAs(t, c.code, c.plain)).Payment.Status; got != c.want {
			t.Errorf("%s: got %q, want %q", about, got, c.want)
		}
	}
}

func TestACallbackFindsItsOrderUnderEachOfItsNames(t *testing.T) {
	const ours = "01J00000000000000000000000P1"
	for _, name := range []string{"prepay_order_id", "preypay_order_id", "sale_num", "reference", "remarks"} {
		got := parse(t, sealedAs(t, "SUCCESS", `{"order_id":"17672550051234567","amount":"5","`+name+`":"`+ours+`"}`)).Payment
		if got.RequestID != ours || got.PaymentID != "17672550051234567" {
			t.Errorf("%s: got %+v", name, got.Ref)
		}
	}
	if got := parse(t, sealedAs(t, "SUCCESS", `{"order_id":"`+ours+`","amount":"5"}`)).Payment; got.RequestID != ours {
		t.Errorf("order_id: got %+v", got.Ref)
	}
	if got := parse(t, sealedAs(t, "SUCCESS", `{"order_id":"1","amount":"5","remarks":"two teas"}`)).Payment; got.RequestID != "" {
		t.Errorf("words of people were taken for an id: %+v", got.Ref)
	}
}

func TestIDsOfRefundsAndVoidsAreNoPayments(t *testing.T) {
	for _, id := range []string{"REF17672550051234567", "VOID17672550051234567"} {
		n, err := reported(t).ParseNotification(t.Context(), sealedAs(t, "SUCCESS", `{"order_id":"`+id+`","amount":"5","order_status":"success"}`))
		if err != nil || len(n.Events) != 0 {
			t.Errorf("%s: got %+v and %v, want nothing", id, n, err)
		}
	}
}

// No document describes callbacks about refunds. One whose order_id is a refund's of ours says
// nothing about the payment that it names.
func TestACallbackAboutARefundOfOursIsNoNewsOfAPayment(t *testing.T) {
	for status, want := range map[string]wallet.RefundStatus{
		"": wallet.RefundSucceeded, "success": wallet.RefundSucceeded, "init": wallet.RefundPending, "orderclosed": wallet.RefundFailed, "weather": "",
	} {
		plain := `{"order_id":"` + ourRefund + `","sale_num":"` + ourPayment + `","amount":"400","bizpay_order_id":"WX1","order_status":"` + status + `"}`
		got := parse(t, sealedAs(t, "SUCCESS", plain))
		ref := wallet.RefundRef{RequestID: ourRefund, RefundID: ourRefund, Payment: wallet.Ref{RequestID: ourPayment}}
		if got.Kind != wallet.RefundEvent || got.Refund.Status != want || got.Refund.RefundRef != ref || got.Refund.Amount != (wallet.Money{}) || got.Payment.RequestID != "" {
			t.Errorf("%q: got %+v, want a refund that is %q", status, got, want)
		}
	}
	if got := parse(t, sealedAs(t, "SUCCESS", `{"order_id":"1","sale_num":"`+ourRefund+`","amount":"5"}`)); got.Payment.RequestID != "" {
		t.Errorf("a refund's id names the payment %+v", got.Payment.Ref)
	}
	long := strings.Repeat("9", 129)
	if n, err := reported(t).ParseNotification(t.Context(), sealedAs(t, "SUCCESS", `{"order_id":"`+ourRefund+`","bizpay_order_id":"`+long+`","amount":"5"}`)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("an acquirer's id without bound: got %+v and %v, want Invalid", n, err)
	}
}

// An id of 17 digits does not fit a double; only its digest is of the double.
func TestAnIDThatIsANumberLosesNoDigit(t *testing.T) {
	got := parse(t, sealedAs(t, "SUCCESS", `{"order_id":17672550051234567,"amount":1250.0,"tip":1e2}`)).Payment
	if got.PaymentID != "17672550051234567" || got.Charged != cad(1250) || len(got.Fees) != 1 || got.Fees[0].Amount != cad(100) {
		t.Errorf("got %+v, want all digits of the id, 12.50 and a tip of 1.00", got)
	}
}

func TestNewsThatMakesNoSenseIsInvalid(t *testing.T) {
	for _, plain := range []string{`{"amount":"5"}`, `{"order_id":"1","amount":"five"}`, `{"order_id":"1","amount":"5.5"}`, `{"order_id":"1","amount":"-5"}`} {
		if n, err := reported(t).ParseNotification(t.Context(), sealedAs(t, "SUCCESS", plain)); fault.KindOf(err) != fault.Invalid || err == nil {
			t.Errorf("%s: got %+v and %v, want Invalid", plain, n, err)
		}
	}
	event := parse(t, sealedAs(t, "SUCCESS", `{"order_id":"1","amount":"99999999999999999999"}`))
	if event.Unreadable == "" || event.Payment.PaymentID != "1" || event.Payment.Charged != (wallet.Money{}) {
		t.Errorf("an amount beyond counting: got %+v, want it kept for a person", event)
	}
}

func TestCallbacksInOtherBodiesAreRead(t *testing.T) {
	outer := published(t, "V6")
	form := url.Values{}
	for name, value := range outer {
		form.Set(name, value)
	}
	var b strings.Builder
	parts := multipart.NewWriter(&b)
	for name, value := range outer {
		if err := parts.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	text := asJSON(t, outer).Body
	for about, d := range map[string]wallet.Delivery{
		"a form":           delivered([]byte(form.Encode()), "application/x-www-form-urlencoded"),
		"multipart":        delivered([]byte(b.String()), parts.FormDataContentType()),
		"Base64 of all":    delivered([]byte(base64.StdEncoding.EncodeToString(text)), "text/plain"),
		"blanks around it": delivered([]byte(" \n"+string(text)+"\r\n"), ""),
	} {
		n, err := reported(t).ParseNotification(t.Context(), d)
		if err != nil || len(n.Events) != 1 || n.Events[0].Payment.PaymentID != "17672550051234567" {
			t.Errorf("%s: got %+v and %v", about, n, err)
		}
	}
	second := strings.Replace(b.String(), "\r\n--"+parts.Boundary()+"--", "\r\n--"+parts.Boundary()+"\r\nContent-Disposition: form-data; name=\"md5\"\r\n\r\nx\r\n--"+parts.Boundary()+"--", 1)
	if _, err := reported(t).ParseNotification(t.Context(), delivered([]byte(second), parts.FormDataContentType())); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("a part of a name twice: got %v, want Unauthenticated", err)
	}
	first := strings.Replace(b.String(), "--"+parts.Boundary()+"\r\n", "--"+parts.Boundary()+"\r\nContent-Disposition: form-data; name=\"md5\"\r\n\r\nx\r\n--"+parts.Boundary()+"\r\n", 1)
	if _, err := reported(t).ParseNotification(t.Context(), delivered([]byte(first), parts.FormDataContentType())); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("a part of a name twice, the wrong one first: got %v, want Unauthenticated", err)
	}
	form.Add("md5", "another")
	twice := delivered([]byte(form.Encode()), "application/x-www-form-urlencoded")
	if _, err := reported(t).ParseNotification(t.Context(), twice); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("a form with a name twice: got %v, want Unauthenticated", err)
	}
}

func TestACallbackThatIsNoTextIsRefused(t *testing.T) {
	const part = "--b\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n\xff\r\n--b--\r\n"
	for name, d := range map[string]wallet.Delivery{
		"a form":    delivered([]byte("data=%ff&md5=%ff&rsp_code=SUCCESS"), "application/x-www-form-urlencoded"),
		"multipart": delivered([]byte(part), "multipart/form-data; boundary=b"),
		"JSON":      delivered([]byte("{\"data\":\"\xff\"}"), "application/json"),
	} {
		if _, err := reported(t).ParseNotification(t.Context(), d); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("%s: got %v, want Unauthenticated", name, err)
		}
	}
}

func TestAnotherMerchantsCallbackIsRefused(t *testing.T) {
	outer := published(t, "V6")
	outer["merchant_id"] = "ON00008888"
	inner := sealedAs(t, "SUCCESS", `{"order_id":"1","amount":"5","merchant_id":"ON00008888"}`)
	for _, d := range []wallet.Delivery{asJSON(t, outer), inner} {
		if _, err := reported(t).ParseNotification(t.Context(), d); fault.KindOf(err) != fault.Unauthenticated || err == nil {
			t.Errorf("got %v, want Unauthenticated", err)
		}
	}
}

func TestTheAcknowledgementIsASetting(t *testing.T) {
	for setting, want := range map[string]string{"": `{"rsp_code":"SUCCESS","rsp_msg":"success"}`, "text": "SUCCESS", "empty": ""} {
		s := open(t, "web", func(c *ottpay.Config, _ *simulator.Config) { c.Acknowledge = setting })
		for _, err := range []error{nil, fault.New(fault.NotFound, "", "")} {
			if r := s.wallet.(wallet.Notifier).Reply(wallet.Delivery{}, err); r.Status != 200 || string(r.Body) != want {
				t.Errorf("%q: got %d %s, want 200 %s", setting, r.Status, r.Body, want)
			}
		}
		if r := s.wallet.(wallet.Notifier).Reply(wallet.Delivery{}, fault.New(fault.Unavailable, "", "")); r.Status != 503 {
			t.Errorf("%q: got %d for what was not stored, want 503", setting, r.Status)
		}
	}
}
