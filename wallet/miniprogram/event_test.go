package miniprogram_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// published is the example of a notification in the platform's "notifyPayment" page, v2.
const published = `{"paymentId":"201911271907410100070000009999xxxx","paymentRequestId":"2019112719074101000700000088881xxxx",
 "paymentResult":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"},
 "paymentAmount":{"currency":"USD","value":"10000"},"paymentTime":"2026-01-02T12:02:01+08:00","paymentCreateTime":"2026-01-02T12:00:01+08:00"}`

// news is what a body says to a profile.
func news(t *testing.T, profile, body string) (wallet.Notification, error) {
	t.Helper()
	return openWallet(t, settings(t, profile, "https://wallet.example"), wallet.Env{}).News([]byte(body))
}

func TestThePublishedNotificationIsUnderstood(t *testing.T) {
	n, err := news(t, "gcash", published)
	if err != nil || len(n.Events) != 1 || n.Confirm {
		t.Fatalf("got %+v and %v", n, err)
	}
	want := wallet.Payment{
		Ref: wallet.Ref{
			RequestID: "2019112719074101000700000088881xxxx", PaymentID: "201911271907410100070000009999xxxx",
		},
		Status: wallet.Paid, Amount: wallet.Money{Minor: 10000, Currency: "USD"}, Code: "SUCCESS",
		OccurredAt: time.Date(2026, 1, 2, 4, 2, 1, 0, time.UTC),
	}
	if got := n.Events[0]; !reflect.DeepEqual(got.Payment, want) || got.Kind != wallet.PaymentEvent ||
		got.ID != "payment:2019112719074101000700000088881xxxx/201911271907410100070000009999xxxx:S" {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWhichMemberDecidesAboutAPayment(t *testing.T) {
	const undecided = ""
	for _, c := range []struct {
		name, profile, members string
		want                   wallet.Status
	}{
		{"a result of S", "gcash", `"paymentResult":{"resultStatus":"S"}`, wallet.Paid},
		{"a result of F", "gcash", `"paymentResult":{"resultStatus":"F","resultCode":"RISK_REJECT"}`, wallet.Failed},
		{"a result of U", "alipayplus", `"paymentResult":{"resultStatus":"U"}`, wallet.Pending},
		{"a status of success", "generic-v1", `"paymentStatus":"SUCCESS"`, wallet.Paid},
		{"a status of failure", "rebell", `"paymentStatus":"FAIL","paymentFailReason":"no"`, wallet.Failed},
		{"a status of failure in the guide", "rebell", `"eventType":"PAYMENT_RESULT","paymentStatus":"FAIL","failureReason":"no"`, wallet.Failed},
		{"a canceled payment", "generic-v1", `"paymentStatus":"CANCELLED"`, wallet.Canceled},
		{"a held payment", "superqi", `"paymentStatus":"AUTH_SUCCESS"`, wallet.Authorized},
		{"either carrier at a wallet without documents", "vodapay", `"paymentStatus":"SUCCESS"`, wallet.Paid},
		{"both carriers that agree", "gcash", `"paymentResult":{"resultStatus":"S"},"paymentStatus":"SUCCESS"`, wallet.Paid},
		{"both carriers that do not", "gcash", `"paymentResult":{"resultStatus":"S"},"paymentStatus":"FAIL"`, undecided},
		{"one carrier that is not known", "gcash", `"paymentResult":{"resultStatus":"S"},"paymentStatus":"MAYBE"`, undecided},
		{"no carrier", "gcash", `"x":1`, undecided},
		{"an empty result", "gcash", `"paymentResult":{}`, undecided},
		{"a status that is not known", "rebell", `"paymentStatus":"FROZEN"`, undecided},
		{"the result of the whole, which may speak of the call", "gcash", `"result":{"resultStatus":"S"}`, undecided},
		{"the result of the whole where it counts", "ams", `"notifyType":"PAYMENT_RESULT","result":{"resultStatus":"S"}`, wallet.Paid},
		{"its failure", "ams", `"notifyType":"PAYMENT_RESULT","result":{"resultStatus":"F"}`, wallet.Failed},
		{"success that is still at work", "ams", `"notifyType":"PAYMENT_PENDING","result":{"resultStatus":"S"}`, wallet.Pending},
		{"paymentResult before the result of the whole", "ams", `"paymentResult":{"resultStatus":"F"},"result":{"resultStatus":"S"}`, wallet.Failed},
		{"success where it may be held money", "generic-v2", `"paymentStatus":"SUCCESS"`, undecided},
		{"failure where money can be held", "superqi", `"paymentStatus":"FAIL"`, wallet.Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := `{"paymentId":"1","paymentRequestId":"R1","paymentAmount":{"currency":"USD","value":"5"},` + c.members + `}`
			n, err := news(t, c.profile, body)
			if err != nil || len(n.Events) != 1 {
				t.Fatalf("got %+v and %v", n, err)
			}
			if got := n.Events[0].Payment; got.Status != c.want || n.Confirm != (c.want == undecided) {
				t.Errorf("got %q, confirm %v, want %q", got.Status, n.Confirm, c.want)
			}
			if held := strings.Contains(c.name, "may be held"); (n.WithoutHold == wallet.Paid) != held {
				t.Errorf("without a hold it is %q", n.WithoutHold)
			}
			if n.Events[0].ID == "" {
				t.Error("the event has no id")
			}
		})
	}
}

func TestAmountsAreTextOrNumberAndNothingElse(t *testing.T) {
	body := func(value string) string {
		return `{"paymentRequestId":"R1","paymentResult":{"resultStatus":"S"},"paymentAmount":{"currency":"IQD","value":` + value + `}}`
	}
	for _, value := range []string{`"150000"`, `150000`} {
		n, err := news(t, "gcash", body(value))
		if err != nil || n.Events[0].Payment.Amount != (wallet.Money{Minor: 150000, Currency: "IQD"}) {
			t.Errorf("%s: got %+v and %v, want 150.000 IQD", value, n, err)
		}
	}
	for _, value := range []string{
		`"1500.00"`, `1500.00`, `1500.0`, `"+1"`, `"-1"`, `-1`, `" 1"`, `"1 "`, `1e3`, `"1e3"`, `""`, `null`, `true`,
		`{}`, `["1"]`, `"1,000"`, `"٣"`,
	} {
		if n, err := news(t, "gcash", body(value)); err == nil {
			t.Errorf("%s: got %+v, want an error", value, n)
		}
	}
}

func TestAmountsAndTimesThatCannotBeRepresentedAreReportedForReview(t *testing.T) {
	const payment = `{"paymentId":"1","paymentRequestId":"R1","paymentStatus":"SUCCESS","paymentAmount":{"currency":"EUR","value":"5"},"paymentTime":"2026-01-02T10:15:00Z"}`
	const refund = `{"refundId":"F1","refundRequestId":"R1R1","paymentId":"1","refundStatus":"SUCCESS","refundAmount":{"currency":"EUR","value":"5"},"refundTime":"2026-01-02T10:15:00Z"}`
	const void = `{"voidResult":"SUCCESS","voidRequestId":"V1","paymentId":"1","voidTime":"2026-01-02T10:15:00Z"}`
	var (
		ofPayment = wallet.Event{Kind: wallet.PaymentEvent, Payment: wallet.Payment{Ref: wallet.Ref{RequestID: "R1", PaymentID: "1"}}}
		ofRefund  = wallet.Event{Kind: wallet.RefundEvent, Refund: wallet.Refund{
			RefundRef: wallet.RefundRef{RequestID: "R1R1", RefundID: "F1", Payment: wallet.Ref{PaymentID: "1"}},
		}}
		ofVoid = wallet.Event{Kind: wallet.PaymentEvent, Payment: wallet.Payment{Ref: wallet.Ref{PaymentID: "1"}}}
	)
	for _, c := range []struct {
		name, body, old, new string
		want                 wallet.Event
		why                  string
	}{
		{"a payment beyond int64", payment, `"5"`, `"9223372036854775808"`, ofPayment, "an amount"},
		{"a number beyond int64", payment, `"5"`, `9223372036854775808`, ofPayment, "an amount"},
		{"more digits than the family writes", payment, `"5"`, `"12345678901234567"`, ofPayment, "an amount"},
		{"a payment in year 10000", payment, "2026-", "10000-", ofPayment, "a time"},
		{"a payment in year 10000 of UTC", payment, "2026-01-02T10:15:00Z", "9999-12-31T23:59:59-08:00", ofPayment, "a time"},
		{"a payment in year 0", payment, "2026-", "0000-", ofPayment, "a time"},
		{"a payment before all years", payment, "2026-", "-0001-", ofPayment, "a time"},
		{"a refund beyond int64", refund, `"5"`, `"9223372036854775808"`, ofRefund, "an amount"},
		{"a refund in year 10000", refund, "2026-", "10000-", ofRefund, "a time"},
		{"a void in year 10000", void, "2026-", "10000-", ofVoid, "a time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			readable, err := news(t, "rebell", c.body)
			if err != nil || readable.Events[0].Unreadable != "" {
				t.Fatalf("got %+v and %v, want readable news", readable, err)
			}
			n, err := news(t, "rebell", strings.Replace(c.body, c.old, c.new, 1))
			if err != nil || len(n.Events) != 1 || n.Confirm {
				t.Fatalf("got %+v and %v, want one event", n, err)
			}
			got := n.Events[0]
			if !strings.Contains(got.Unreadable, c.why) || got.ID == "" || got.ID == readable.Events[0].ID {
				t.Errorf("got %+v, want one that says %q under an id of its own", got, c.why)
			}
			if got.ID, got.Unreadable = "", ""; !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want the ids and nothing else", got)
			}
		})
	}
}

func TestATimeThatCannotBeReadIsAsIfItWereNotThere(t *testing.T) {
	for _, at := range []string{"yesterday", "2026-13-45T10:15:00Z", "20260102101500123", "10000", ""} {
		n, err := news(t, "rebell", `{"paymentRequestId":"R1","paymentStatus":"SUCCESS","paymentTime":"`+at+`"}`)
		if err != nil || n.Events[0].Unreadable != "" || !n.Events[0].Payment.OccurredAt.IsZero() {
			t.Errorf("%q: got %+v and %v, want readable news without a time", at, n, err)
		}
	}
}

func TestNotificationsThatMakeNoSense(t *testing.T) {
	for name, body := range map[string]string{
		"no names":                   `{"paymentResult":{"resultStatus":"S"}}`,
		"nothing":                    `{}`,
		"a member twice":             `{"paymentRequestId":"R1","paymentStatus":"FAIL","paymentStatus":"SUCCESS"}`,
		"a member of a member twice": `{"paymentRequestId":"R1","paymentResult":{"resultStatus":"F","resultStatus":"S"}}`,
		"something behind it":        `{"paymentRequestId":"R1","paymentStatus":"SUCCESS"}{}`,
		"a number as name":           `{"paymentRequestId":1,"paymentStatus":"SUCCESS"}`,
		"an endless name":            `{"paymentRequestId":"` + strings.Repeat("9", 200) + `","paymentStatus":"SUCCESS"}`,
		"an unknown currency":        `{"paymentRequestId":"R1","paymentStatus":"SUCCESS","paymentAmount":{"currency":"XXX","value":"1"}}`,
		"a void without a payment":   `{"voidRequestId":"V1","voidResult":"SUCCESS"}`,
		"an agreement without names": `{"authorizationNotifyType":"TOKEN_CANCELED"}`,
		"bytes that are no UTF-8":    "{\"paymentRequestId\":\"\xff\",\"paymentStatus\":\"SUCCESS\"}",
	} {
		if n, err := news(t, "gcash", body); err == nil {
			t.Errorf("%s: got %+v, want an error", name, n)
		}
	}
}

func TestOtherKindsOfNews(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want wallet.Event
	}{
		"a refund": {
			`{"refundId":"F1","refundRequestId":"R1R1","paymentId":"1","paymentRequestId":"R1","refundStatus":"SUCCESS","refundAmount":{"currency":"EUR","value":"400"},"refundTime":"2026-01-02T10:15:00Z"}`,
			wallet.Event{ID: "refund:R1R1/F1:SUCCESS", Kind: wallet.RefundEvent, Refund: wallet.Refund{
				RefundRef: wallet.RefundRef{RequestID: "R1R1", RefundID: "F1", Payment: wallet.Ref{RequestID: "R1", PaymentID: "1"}},
				Status:    wallet.RefundSucceeded, Amount: wallet.Money{Minor: 400, Currency: "EUR"},
				OccurredAt: time.Date(2026, 1, 2, 10, 15, 0, 0, time.UTC),
			}},
		},
		"a refund reported by its result": {
			`{"refundRequestId":"R1R1","refundResult":{"resultStatus":"F","resultCode":"PROCESS_FAIL"},"refundFailReason":"no"}`,
			wallet.Event{ID: "refund:R1R1:F", Kind: wallet.RefundEvent, Refund: wallet.Refund{
				RefundRef: wallet.RefundRef{RequestID: "R1R1"}, Status: wallet.RefundFailed, Code: "no",
			}},
		},
		"a refund that does not say how": {
			`{"refundRequestId":"R1R1","refundStatus":"FROZEN"}`,
			wallet.Event{ID: "refund:R1R1:FROZEN", Kind: wallet.RefundEvent, Refund: wallet.Refund{
				RefundRef: wallet.RefundRef{RequestID: "R1R1"}, Code: "FROZEN",
			}},
		},
		"a void with a result": {
			`{"voidResult":{"resultStatus":"S"},"voidRequestId":"V1","paymentId":"1","voidSource":"MERCHANT"}`,
			wallet.Event{ID: "void:V1:S", Kind: wallet.PaymentEvent, Payment: wallet.Payment{
				Ref: wallet.Ref{PaymentID: "1"}, Status: wallet.Voided, Code: "MERCHANT",
			}},
		},
		"a void with a word": {
			`{"voidResult":"SUCCESS","voidRequestId":"V1","paymentId":"1"}`,
			wallet.Event{ID: "void:V1:SUCCESS", Kind: wallet.PaymentEvent, Payment: wallet.Payment{
				Ref: wallet.Ref{PaymentID: "1"}, Status: wallet.Voided,
			}},
		},
		"an agreement that was ended": {
			`{"authorizationNotifyType":"TOKEN_CANCELED","accessToken":"281","referenceAgreementId":"AG1"}`,
			wallet.Event{Kind: wallet.AgreementEvent, Agreement: wallet.AgreementNews{Reference: "AG1", Token: "281", Ended: true}},
		},
		"an agreement to be exchanged": {
			`{"authorizationNotifyType":"AUTHCODE_CREATED","authCode":"c1","authState":"AG1"}`,
			wallet.Event{Kind: wallet.AgreementEvent, Agreement: wallet.AgreementNews{Reference: "AG1", Code: "c1"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := news(t, "rebell", c.body)
			if err != nil || len(n.Events) != 1 || n.Confirm {
				t.Fatalf("got %+v and %v", n, err)
			}
			got := n.Events[0]
			if c.want.ID == "" {
				c.want.ID = got.ID // a digest
			}
			if !reflect.DeepEqual(got, c.want) || got.ID == "" {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestTwoPaymentsUnderOneRequestIDAreTwoEvents(t *testing.T) {
	seen := map[string]bool{}
	for _, id := range []string{"1", "2", "1"} {
		n, err := news(t, "rebell", `{"paymentId":"`+id+`","paymentRequestId":"R1","paymentStatus":"SUCCESS"}`)
		if err != nil {
			t.Fatal(err)
		}
		seen[n.Events[0].ID] = true
	}
	if len(seen) != 2 {
		t.Errorf("got %v, want two", seen)
	}
}

func TestTheCashiersURLMayComeByNotification(t *testing.T) {
	const url = "https://wallet.example/cashier?bizNo=1&sign=a%2Bb%3D"
	for _, member := range []string{"cashierUrl", "redirectUrl", "redirectionUrl"} {
		n, err := news(t, "rebell", `{"paymentId":"1","`+member+`":"`+url+`"}`)
		if err != nil || len(n.Events) != 1 || n.Confirm {
			t.Fatalf("%s: got %+v and %v", member, n, err)
		}
		if p := n.Events[0].Payment; p.Status != wallet.Pending || p.Action == nil || p.Action.PaymentURL != url {
			t.Errorf("%s: got %+v", member, p)
		}
	}
	if n, err := news(t, "rebell", `{"paymentId":"1","cashierUrl":"javascript:alert(1)"}`); err == nil {
		t.Errorf("a script: got %+v, want an error", n)
	}
}

func TestKindsThatAreNotKnownAreLeftOut(t *testing.T) {
	for _, body := range []string{
		`{"notifyType":"CAPTURE_RESULT","paymentId":"1","result":{"resultStatus":"S"}}`,
		`{"eventType":"WEATHER","paymentStatus":"SUCCESS","paymentId":"1"}`,
		`{"authorizationNotifyType":"TOKEN_CREATED","accessToken":"281"}`,
		`{"voidRequestId":"V1","paymentId":"1","voidResult":{"resultStatus":"F"}}`,
	} {
		if n, err := news(t, "ams", body); err != nil || len(n.Events) != 0 {
			t.Errorf("%s: got %+v and %v, want nothing", body, n, err)
		}
	}
}

func TestNotificationsBehindAProxyAreCheckedByThePublicPath(t *testing.T) {
	s := open(t, "gcash")
	body := []byte(published)
	h := s.provider.Sign("/shop/notify/wallet", body)
	d := wallet.Delivery{Method: "POST", Path: "/shop/notify/wallet?from=gcash", Header: h, Body: body, ReceivedAt: signedAt(h)}
	notifier := s.wallet.(wallet.Notifier)
	if _, err := notifier.ParseNotification(t.Context(), d); err != nil {
		t.Errorf("signed without the query: got %v, want no error", err)
	}
	d.Header = s.provider.Sign("/shop/notify/wallet?from=gcash", body)
	if _, err := notifier.ParseNotification(t.Context(), d); err != nil {
		t.Errorf("signed with the query: got %v, want no error", err)
	}
	d.Header = s.provider.Sign("/notify/wallet", body)
	if _, err := notifier.ParseNotification(t.Context(), d); err == nil {
		t.Error("signed for a path behind the proxy: got no error, want one")
	}
}

func TestAMessageForAnotherMerchantIsRefused(t *testing.T) {
	s := open(t, "gcash", func(c *miniprogram.Config, _ *simulator.Config) { c.ClientID = "TEST_OTHER" })
	h := s.provider.Sign("/notify/wallet", []byte(published))
	d := wallet.Delivery{Method: "POST", Path: "/notify/wallet", Header: h, Body: []byte(published), ReceivedAt: signedAt(h)}
	if _, err := s.wallet.(wallet.Notifier).ParseNotification(t.Context(), d); err == nil {
		t.Error("got no error, want one: one wallet key signs for many merchants")
	}
}

func FuzzNews(f *testing.F) {
	f.Add("ams", published)
	f.Add("rebell", `{"refundId":"F1","refundRequestId":"R1R1","refundStatus":"SUCCESS","refundAmount":{"currency":"EUR","value":"400"}}`)
	f.Add("superqi", `{"voidResult":{"resultStatus":"S"},"voidRequestId":"V1","paymentId":"1"}`)
	f.Add("ams", `{"authorizationNotifyType":"TOKEN_CANCELED","accessToken":"281","referenceAgreementId":"AG1"}`)
	f.Add("rebell", `{"paymentId":"1","cashierUrl":"https://wallet.example/"}`)
	f.Add("rebell", `{"paymentId":"1","paymentStatus":"SUCCESS","paymentTime":"9999-12-31T23:59:59-08:00"}`)
	f.Add("ams", `{"paymentId":"1","notifyType":"PAYMENT_RESULT","paymentAmount":{"currency":"EUR","value":"9223372036854775808"}}`)
	wallets := map[string]*miniprogram.Wallet{}
	for _, profile := range miniprogram.Profiles() {
		wallets[profile] = openWallet(f, settings(f, profile, "https://wallet.example"), wallet.Env{})
	}
	f.Fuzz(func(t *testing.T, profile, body string) {
		w := wallets[profile]
		if w == nil {
			return
		}
		n, err := w.News([]byte(body))
		if err != nil {
			return
		}
		for _, event := range n.Events {
			if _, err := json.Marshal(event); err != nil {
				t.Errorf("got %v, want an event that can be written", err)
			}
			if event.ID == "" || n.Confirm && event.Payment.Status != "" {
				t.Errorf("got %+v, confirm %v", event, n.Confirm)
			}
			for _, amount := range []wallet.Money{event.Payment.Amount, event.Refund.Amount} {
				if amount != (wallet.Money{}) && (amount.Currency.Valid() != nil || amount.Minor < 0) {
					t.Errorf("got the amount %+v", amount)
				}
			}
		}
	})
}
