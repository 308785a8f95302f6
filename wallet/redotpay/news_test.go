package redotpay_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
)

// reported is what the wallet reads in a webhook with this body.
func (s *stand) reported(t *testing.T, body string) (wallet.Notification, error) {
	t.Helper()
	h, err := s.provider.Sign([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return s.wallet.(wallet.Notifier).ParseNotification(t.Context(), wallet.Delivery{
		Method: http.MethodPost, Path: "/notify/redotpay", Header: h, Body: []byte(body), ReceivedAt: signedAt(h),
	})
}

func TestAWebhookIsReadForWhatItSays(t *testing.T) {
	const id = "01KAGD3Z8Q9M5X7T2V4B6N8C0RP1"
	usd := func(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }
	paid := wallet.Payment{
		Ref: wallet.Ref{RequestID: id}, Status: wallet.Paid, Amount: usd(100), Settled: usd(99), Code: "2",
		OtherIDs: []string{"RAP1", "PAYH1"}, OccurredAt: time.UnixMilli(1767609970940).UTC(),
	}
	with := func(change func(*wallet.Payment)) wallet.Payment { p := paid; change(&p); return p }
	const official = `{"outerOrder":"` + id + `","preSn":"RAP1","orderCurrency":"USD","billCoin":"USD","outerUid":"T3111","txId":"PAYH1","rateExtra":0,"actionType":"ACQUIRER_PAY","billAmount":0.99,"orderAmount":1,"orderTime":1767609970940,"merchantId":300000000000000017,"cryptoAmount":1,"rate":1,"orderStatus":2}`
	replaced := func(old, with string) string {
		if !strings.Contains(official, old) {
			t.Fatalf("%s is not there", old)
		}
		return strings.Replace(official, old, with, 1)
	}
	s := open(t)
	for name, c := range map[string]struct {
		body string
		want wallet.Payment
	}{
		"the official example":             {official, paid},
		"the other names":                  {strings.NewReplacer("outerOrder", "outerOrderSn", "preSn", "orderSn", "billCoin", "billCurrency").Replace(official), paid},
		"both names, of which one counts":  {replaced(`"preSn"`, `"outerOrderSn":"`+id+`","preSn"`), paid},
		"numbers as text":                  {strings.NewReplacer(`:1,`, `:"1.00",`, `:2}`, `:"2"}`).Replace(official), paid},
		"the time of the payment":          {replaced(`"rate":1`, `"paymentTime":1767609971000`), with(func(p *wallet.Payment) { p.OccurredAt = time.UnixMilli(1767609971000).UTC() })},
		"an amount with zeros":             {replaced(`"orderAmount":1,`, `"orderAmount":1.000,`), paid},
		"a failed attempt, which is open":  {replaced(`"orderStatus":2`, `"orderStatus":3`), with(func(p *wallet.Payment) { p.Status, p.Code = wallet.Pending, "3" })},
		"a closed order":                   {replaced(`"orderStatus":2`, `"orderStatus":4`), with(func(p *wallet.Payment) { p.Status, p.Code = wallet.Canceled, "4" })},
		"a waiting order":                  {replaced(`"orderStatus":2`, `"orderStatus":1`), with(func(p *wallet.Payment) { p.Status, p.Code = wallet.Pending, "1" })},
		"a status that is not known":       {replaced(`"orderStatus":2`, `"orderStatus":20`), with(func(p *wallet.Payment) { p.Status, p.Code = "", "20" })},
		"a status that is no number":       {replaced(`"orderStatus":2`, `"orderStatus":"paid"`), with(func(p *wallet.Payment) { p.Status, p.Code = "", "paid" })},
		"no status":                        {replaced(`,"orderStatus":2`, ``), with(func(p *wallet.Payment) { p.Status, p.Code = "", "" })},
		"no action type but a status":      {replaced(`"actionType":"ACQUIRER_PAY",`, ``), paid},
		"no amount, and the billed one":    {replaced(`"orderAmount":1,`, ``), with(func(p *wallet.Payment) { *p = wallet.Payment{Ref: p.Ref, OtherIDs: p.OtherIDs} })},
		"neither amount nor currency":      {strings.NewReplacer(`"orderAmount":1,`, "", `"orderCurrency":"USD",`, "").Replace(official), with(func(p *wallet.Payment) { p.Amount = wallet.Money{} })},
		"no billed amount":                 {strings.NewReplacer(`"billAmount":0.99,`, "", `"billCoin":"USD",`, "").Replace(official), with(func(p *wallet.Payment) { p.Settled = wallet.Money{} })},
		"more digits than the currency":    {replaced(`"orderAmount":1,`, `"orderAmount":1.001,`), with(func(p *wallet.Payment) { *p = wallet.Payment{Ref: p.Ref, OtherIDs: p.OtherIDs} })},
		"an amount below zero":             {replaced(`"orderAmount":1,`, `"orderAmount":-1,`), with(func(p *wallet.Payment) { *p = wallet.Payment{Ref: p.Ref, OtherIDs: p.OtherIDs} })},
		"a currency that is not known":     {replaced(`"orderCurrency":"USD"`, `"orderCurrency":"XYZ"`), with(func(p *wallet.Payment) { *p = wallet.Payment{Ref: p.Ref, OtherIDs: p.OtherIDs} })},
		"a billed amount that is nonsense": {replaced(`"billAmount":0.99`, `"billAmount":"n/a"`), with(func(p *wallet.Payment) { p.Settled = wallet.Money{} })},
	} {
		n, err := s.reported(t, c.body)
		if err != nil || len(n.Events) != 1 || n.Events[0].Kind != wallet.PaymentEvent || !n.Confirm {
			t.Errorf("%s: got %+v and %v, want one payment event to be confirmed", name, n, err)
			continue
		}
		if got := n.Events[0]; !reflect.DeepEqual(got.Payment, c.want) || (got.Unreadable != "") != (c.want.Code == "" && c.want.Amount == wallet.Money{} && c.want.Settled == wallet.Money{} && c.want.Status == "") {
			t.Errorf("%s: got  %+v (%s)\nwant %+v", name, got.Payment, got.Unreadable, c.want)
		}
	}
	for name, body := range map[string]string{
		"no number": replaced(`"outerOrder":"`+id+`",`, ``), "a long number": replaced(id, strings.Repeat("x", 129)), "a number as an object": replaced(`"preSn":"RAP1"`, `"preSn":{}`),
		"a member twice": replaced(`"rate":1`, `"orderAmount":2`), "no object": `[]`, "two objects": official + official,
	} {
		if n, err := s.reported(t, body); fault.KindOf(err) != fault.Invalid || len(n.Events) != 0 {
			t.Errorf("%s: got %+v and %v, want Invalid", name, n, err)
		}
	}
}

func TestARefundsWebhookSaysNothingAboutThePayment(t *testing.T) {
	const body = `{"actionType":"ACQUIRER_REFUND","outerOrder":"01KAGD3Z8Q9M5X7T2V4B6N8C0RP1","preSn":"RAP1","outerRefundSn":"01KAGD3Z8Q9M5X7T2V4B6N8C0RR1","refundSn":"RAR1","refundAmount":2.5,"orderCurrency":"USD","refundStatus":3}`
	s := open(t)
	n, err := s.reported(t, body)
	if err != nil || len(n.Events) != 1 || n.Events[0].Kind != wallet.RefundEvent || !reflect.DeepEqual(n.Events[0].Payment, wallet.Payment{}) {
		t.Fatalf("got %+v and %v, want a refund event alone", n, err)
	}
	r := n.Events[0].Refund
	if r.Status != wallet.RefundFailed || r.Amount != (wallet.Money{Minor: 250, Currency: "USD"}) || r.RefundID != "RAR1" || !n.Confirm {
		t.Errorf("got %+v, want a failed refund of 2.50, to be confirmed", r)
	}
	for name, changed := range map[string]string{
		"without its number":     strings.NewReplacer(`"outerRefundSn":"01KAGD3Z8Q9M5X7T2V4B6N8C0RR1",`, "", `"refundSn":"RAR1",`, "").Replace(body),
		"with an absurd number":  strings.Replace(body, `"RAR1"`, `"`+strings.Repeat("R", 200)+`"`, 1),
		"with an amount too big": strings.Replace(body, `2.5`, `1e40`, 1),
	} {
		n, err := s.reported(t, changed)
		kept := err == nil && len(n.Events) == 1 && n.Events[0].Unreadable != "" && n.Events[0].Refund.Amount == wallet.Money{}
		if fault.KindOf(err) != fault.Invalid && !kept || err == nil && n.Events[0].Kind != wallet.RefundEvent {
			t.Errorf("%s: got %+v and %v", name, n, err)
		}
	}
	bare := open(t, withoutRefunds)
	if n, err := bare.reported(t, body); err != nil || len(n.Events) != 0 {
		t.Errorf("without refunds: got %+v and %v, want nothing", n, err)
	}
}

func TestAnUnknownActionTypeIsAcknowledgedLoggedAndSaysNothing(t *testing.T) {
	s := open(t)
	for _, body := range []string{
		`{"actionType":"ACQUIRER_WEATHER","outerOrder":"ORD123456","orderStatus":2,"orderAmount":1,"orderCurrency":"USD"}`, `{"outerOrder":"ORD123456"}`, `{}`,
	} {
		n, err := s.reported(t, body)
		if err != nil || len(n.Events) != 0 || n.Confirm {
			t.Errorf("%s: got %+v and %v, want nothing", body, n, err)
		}
	}
	reply := s.wallet.(wallet.Notifier).Reply(wallet.Delivery{Body: []byte(`{}`)}, nil)
	var ack struct{ Code, RequestID string }
	if err := json.Unmarshal(reply.Body, &ack); err != nil || reply.Status != 200 || ack.Code != "SUCCESS" || ack.RequestID == "" || reply.Header.Get("Content-Type") != "application/json" {
		t.Errorf("replied %d %s", reply.Status, reply.Body)
	}
	if log := s.log.String(); !strings.Contains(log, "ACQUIRER_WEATHER") {
		t.Errorf("the log says %q, want the action type", log)
	}
}

func TestARepeatOfAWebhookHasTheSameIDAndOtherNewsAnother(t *testing.T) {
	s := open(t)
	id := func(body string) string {
		n, err := s.reported(t, body)
		if err != nil || len(n.Events) != 1 {
			t.Fatalf("%s: %+v, %v", body, n, err)
		}
		return n.Events[0].ID
	}
	const body = `{"actionType":"ACQUIRER_PAY","outerOrder":"ORD123456","txId":"T1","orderStatus":2,"orderAmount":1,"orderCurrency":"USD"}`
	first := id(body)
	if id(strings.Replace(body, "1,", "1.0,", 1)) != first {
		t.Error("the same news written anew has another id")
	}
	for _, other := range []string{
		strings.Replace(body, "T1", "T2", 1), strings.Replace(body, ":2", ":4", 1), strings.Replace(body, "ORD123456", "ORD123457", 1),
		strings.Replace(body, `"txId":"T1",`, "", 1), strings.Replace(body, `"orderStatus":2,`, "", 1),
	} {
		if id(other) == first {
			t.Errorf("%s has the id of other news", other)
		}
	}
}

func TestWebhooksCountAtOnceOnlyWhereConfiguredAndSigned(t *testing.T) {
	const body = `{"actionType":"ACQUIRER_PAY","outerOrder":"ORD123456","txId":"T1","orderStatus":2,"orderAmount":1,"orderCurrency":"USD"}`
	for name, c := range map[string]struct {
		change  func(*redotpay.Config, *simulator.Config)
		body    string
		confirm bool
	}{
		"by default":                       {func(*redotpay.Config, *simulator.Config) {}, body, true},
		"where they are trusted":           {trusting, body, false},
		"trusted, but they say no status":  {trusting, strings.Replace(body, `"orderStatus":2,`, "", 1), true},
		"trusted, but the status is other": {trusting, strings.Replace(body, `:2`, ":9", 1), true},
	} {
		n, err := open(t, c.change).reported(t, c.body)
		if err != nil || n.Confirm != c.confirm {
			t.Errorf("%s: got %+v and %v, want Confirm %v", name, n, err, c.confirm)
		}
	}
	lax := open(t, trusting, func(near *redotpay.Config, _ *simulator.Config) {
		near.Environment, near.SandboxWithoutSignatures = "sandbox", true
	})
	notifier := lax.wallet.(wallet.Notifier)
	d := wallet.Delivery{Method: "POST", Header: http.Header{}, Body: []byte(body), ReceivedAt: time.Now()}
	if n, err := notifier.ParseNotification(t.Context(), d); err != nil || !n.Confirm {
		t.Errorf("an unsigned webhook of the sandbox: got %+v and %v, want it to be confirmed", n, err)
	}
	d.Header = http.Header{"X-R-Ts": {"1763555087656"}, "X-R-Key-Version": {"1"}, "X-R-Signature": {"AAAA"}}
	if _, err := notifier.ParseNotification(t.Context(), d); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("a webhook of the sandbox with a wrong signature: got %v, want Unauthenticated", err)
	}
}

func TestRepliesSayWhatTheProviderHasToDo(t *testing.T) {
	for refuse, noOrder := range map[bool]int{false: 200, true: 404} {
		s := open(t, func(near *redotpay.Config, _ *simulator.Config) { near.RefuseUnknownOrders = refuse })
		for kind, want := range map[fault.Kind]int{
			fault.NotFound: noOrder, fault.Unauthenticated: 401, fault.Invalid: 400, fault.TooLarge: 413, fault.Unavailable: 500, fault.Internal: 500,
		} {
			reply := s.wallet.(wallet.Notifier).Reply(wallet.Delivery{Body: []byte("{}")}, fault.New(kind, "test", ""))
			code := "FAIL"
			if want == 200 {
				code = "SUCCESS"
			}
			if reply.Status != want || !strings.Contains(string(reply.Body), `"code":"`+code+`"`) {
				t.Errorf("%s: got %d %s, want %d %s", kind, reply.Status, reply.Body, want, code)
			}
		}
	}
}
