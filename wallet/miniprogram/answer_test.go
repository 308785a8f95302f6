package miniprogram_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
)

// reader is a wallet that reads answers without their signature.
func reader(tb testing.TB, profile string) *miniprogram.Wallet {
	tb.Helper()
	c := settings(tb, profile, "https://wallet.example")
	off := miniprogram.Off
	c.Overrides.VerifyAnswer = &off
	return openWallet(tb, c, wallet.Env{})
}

func readPay(tb testing.TB, body string) (wallet.Payment, error) {
	tb.Helper()
	return reader(tb, "generic-v2").ReadPay(tb.Context(), request("R1", "USD"), http.Header{}, []byte(body))
}

// publishedPay is the example of an answer in the platform's "pay" page, v2.
const publishedPay = `{"result":{"resultCode":"ACCEPT","resultStatus":"A","resultMessage":"accept"},"paymentId":"4374784884773748478499xxxx",
 "redirectActionForm":{"method":"POST","redirectionUrl":"https://www.wallet.com/cashier?orderId=xxxxxxx"}}`

func TestThePublishedAnswerIsUnderstood(t *testing.T) {
	got, err := readPay(t, publishedPay)
	if err != nil || got.Status != wallet.Pending || got.PaymentID != "4374784884773748478499xxxx" ||
		got.Action == nil || got.Action.PaymentURL != "https://www.wallet.com/cashier?orderId=xxxxxxx" {
		t.Errorf("got %+v and %v", got, err)
	}
	if got.Amount != (wallet.Money{Minor: 10000, Currency: "USD"}) {
		t.Errorf("amount: got %s, want the request's", got.Amount)
	}
}

func TestThePaymentURLIsReadFromSixPlacesInThisOrder(t *testing.T) {
	members := []string{
		`"redirectActionForm":{"redirectionUrl":"https://a.example/1%2B","redirectUrl":"https://a.example/2"}`,
		`"redirectActionForm":{"redirectUrl":"https://a.example/2"}`,
		`"actionForm":{"actionFormType":"REDIRECTION","redirectionUrl":"https://a.example/3","redirectUrl":"https://a.example/4"}`,
		`"actionForm":{"redirectUrl":"https://a.example/4"}`,
		`"redirectUrl":"https://a.example/5"`,
		`"normalUrl":"https://a.example/6"`,
	}
	for i, want := range []string{"1%2B", "2", "3", "4", "5", "6"} {
		// Those that come later in the order are there as well, in other members.
		body := `{"result":{"resultStatus":"A"},"paymentId":"1",` + members[i]
		if i < 4 {
			body += "," + members[4]
		}
		got, err := readPay(t, body+"}")
		if err != nil || got.Action.PaymentURL != "https://a.example/"+want {
			t.Errorf("place %d: got %+v and %v, want …/%s", i+1, got.Action, err, want)
		}
	}
}

func TestLongPaymentURLsArriveUntouched(t *testing.T) {
	url := "https://wallet.example/cashier?sign=" + strings.Repeat("a%2Bb%3D&c=", 400)
	got, err := readPay(t, strings.Replace(publishedPay, "https://www.wallet.com/cashier?orderId=xxxxxxx", url, 1))
	if err != nil || len(url) < 4096 || got.Action.PaymentURL != url {
		t.Errorf("got %v, or a URL that is not the one of %d bytes", err, len(url))
	}
}

func TestAcceptedIsSpelledTwoWays(t *testing.T) {
	got, err := readPay(t, strings.Replace(publishedPay, `"A"`, `"R"`, 1))
	if err != nil || got.Status != wallet.Pending {
		t.Errorf("got %+v and %v, want pending", got, err)
	}
}

func TestSuccessOfPayIsPaidOrHeld(t *testing.T) {
	body := []byte(`{"result":{"resultCode":"SUCCESS","resultStatus":"S"},"paymentId":"1"}`)
	for hold, want := range map[bool]wallet.Status{false: wallet.Paid, true: wallet.Authorized} {
		req := request("R1", "USD")
		req.Hold = hold
		got, err := reader(t, "generic-v2").ReadPay(t.Context(), req, http.Header{}, body)
		if err != nil || got.Status != want || got.Amount != req.Amount || got.Action != nil {
			t.Errorf("hold %v: got %+v and %v, want %s", hold, got, err, want)
		}
	}
}

func TestAnswersThatMakeNoSenseAreUnknown(t *testing.T) {
	for name, body := range map[string]string{
		"no JSON":                     `<html>`,
		"nothing":                     ``,
		"an array":                    `[]`,
		"no result":                   `{"paymentId":"1","normalUrl":"https://a.example/"}`,
		"an unknown letter":           strings.Replace(publishedPay, `"A"`, `"Z"`, 1),
		"a result that is text":       `{"result":"S","paymentId":"1"}`,
		"a number as payment id":      strings.Replace(publishedPay, `"4374784884773748478499xxxx"`, `4374`, 1),
		"no payment id":               strings.Replace(publishedPay, `4374784884773748478499xxxx`, ``, 1),
		"an endless payment id":       strings.Replace(publishedPay, `4374784884773748478499xxxx`, strings.Repeat("9", 200), 1),
		"another payment's request":   strings.Replace(publishedPay, `"paymentId"`, `"paymentRequestId":"R2","paymentId"`, 1),
		"no payment URL":              `{"result":{"resultStatus":"A"},"paymentId":"1"}`,
		"a script as payment URL":     strings.Replace(publishedPay, `https://www.wallet.com`, `javascript:alert(1)//`, 1),
		"a payment URL with a blank":  strings.Replace(publishedPay, `orderId=`, `order Id=`, 1),
		"a payment URL without host":  strings.Replace(publishedPay, `www.wallet.com`, ``, 1),
		"a payment URL without bound": strings.Replace(publishedPay, `xxxxxxx`, strings.Repeat("x", 20_000), 1),
		"a member twice":              strings.Replace(publishedPay, `"paymentId"`, `"paymentId":"1","paymentId"`, 1),
		"the result twice":            strings.Replace(publishedPay, `{"result"`, `{"result":{"resultStatus":"F"},"result"`, 1),
		"something behind it":         publishedPay + `{}`,
	} {
		if got, err := readPay(t, body); !errors.Is(err, fault.Unknown) {
			t.Errorf("%s: got %+v and %v, want unknown", name, got, err)
		}
	}
}

func TestStatusesOfAnInquiry(t *testing.T) {
	for members, want := range map[string]wallet.Status{
		`"paymentStatus":"SUCCESS"`:                                       wallet.Paid,
		`"paymentStatus":"FAIL","paymentFailReason":"x"`:                  wallet.Failed,
		`"paymentStatus":"CANCELLED"`:                                     wallet.Canceled,
		`"paymentStatus":"PROCESSING"`:                                    wallet.Pending,
		`"paymentStatus":"PENDING"`:                                       wallet.Pending,
		`"paymentStatus":"AUTH_SUCCESS"`:                                  wallet.Authorized,
		`"paymentResult":{"resultStatus":"S"}`:                            wallet.Paid,
		`"paymentResult":{"resultStatus":"F","resultCode":"RISK_REJECT"}`: wallet.Failed,
		`"paymentResult":{"resultStatus":"U"}`:                            wallet.Pending,
		`"paymentStatus":"FROZEN"`:                                        "",
		`"paymentTime":"2026-01-02T10:15:00Z"`:                            "",
		`"paymentStatus":"FAIL","paymentResult":{"resultStatus":"S"}`:     "",
	} {
		body := `{"result":{"resultStatus":"S","resultCode":"SUCCESS"},"paymentId":"1","paymentRequestId":"R1","paymentAmount":{"currency":"USD","value":"5"},` + members + `}`
		got, err := reader(t, "gcash").ReadQuery(t.Context(), wallet.Ref{RequestID: "R1"}, http.Header{}, []byte(body))
		if err != nil || got.Status != want || got.RequestID != "R1" || got.PaymentID != "1" {
			t.Errorf("%s: got %+v and %v, want %q", members, got, err, want)
		}
	}
}

func TestAnInquirysAnswerAboutAnotherPaymentIsUnknown(t *testing.T) {
	for body, ref := range map[string]wallet.Ref{
		`{"result":{"resultStatus":"S"},"paymentRequestId":"R2","paymentStatus":"SUCCESS"}`: {RequestID: "R1"},
		`{"result":{"resultStatus":"S"},"paymentId":"2","paymentStatus":"SUCCESS"}`:         {RequestID: "R1", PaymentID: "1"},
	} {
		if got, err := reader(t, "gcash").ReadQuery(t.Context(), ref, http.Header{}, []byte(body)); err == nil {
			t.Errorf("%s: got %+v, want an error", body, got)
		}
	}
}

func TestAPaymentThatTheWalletNamedAnewIsKnownByOurRequestID(t *testing.T) {
	body := []byte(`{"result":{"resultStatus":"S"},"paymentId":"2","paymentRequestId":"R1","paymentStatus":"SUCCESS"}`)
	got, err := reader(t, "gcash").ReadQuery(t.Context(), wallet.Ref{RequestID: "R1", PaymentID: "1"}, http.Header{}, body)
	if err != nil || got.RequestID != "R1" || got.PaymentID != "2" || len(got.OtherIDs) != 1 || got.OtherIDs[0] != "1" {
		t.Errorf("got %+v and %v, want payment 2, which was 1", got, err)
	}
	got, err = reader(t, "gcash").ReadQuery(t.Context(), wallet.Ref{RequestID: "R1", PaymentID: "2"}, http.Header{}, body)
	if err != nil || got.OtherIDs != nil {
		t.Errorf("got %+v and %v, want no other ids", got, err)
	}
}

func TestAPaymentIsFoundByTheWalletsIDAlone(t *testing.T) {
	body := []byte(`{"result":{"resultStatus":"S"},"paymentId":"1","paymentRequestId":"R1","paymentStatus":"SUCCESS"}`)
	got, err := reader(t, "gcash").ReadQuery(t.Context(), wallet.Ref{PaymentID: "1"}, http.Header{}, body)
	if err != nil || got.Ref != (wallet.Ref{RequestID: "R1", PaymentID: "1"}) {
		t.Errorf("got %+v and %v, want both ids", got, err)
	}
	if got, err := reader(t, "gcash").ReadQuery(t.Context(), wallet.Ref{PaymentID: "2"}, http.Header{}, body); err == nil {
		t.Errorf("another payment's id: got %+v, want an error", got)
	}
}

func TestATimeOutsideTheCalendarIsOmittedFromAnAnswer(t *testing.T) {
	for _, at := range []string{"10000-01-01T00:00:00Z", "9999-12-31T23:59:59-08:00", "0000-01-01T00:00:00Z"} {
		body := `{"result":{"resultStatus":"S"},"paymentRequestId":"R1","paymentStatus":"SUCCESS","paymentTime":"` + at + `"}`
		got, err := reader(t, "gcash").ReadQuery(t.Context(), wallet.Ref{RequestID: "R1"}, http.Header{}, []byte(body))
		if err != nil || got.Status != wallet.Paid || !got.OccurredAt.IsZero() {
			t.Errorf("%s: got %+v and %v, want paid without a time", at, got, err)
		}
	}
}

func TestAnAmountBeyondInt64InAnAnswerIsUnknown(t *testing.T) {
	body := `{"result":{"resultStatus":"S"},"paymentRequestId":"R1","paymentStatus":"SUCCESS","paymentAmount":{"currency":"PHP","value":"9223372036854775808"}}`
	if got, err := reader(t, "gcash").ReadQuery(t.Context(), wallet.Ref{RequestID: "R1"}, http.Header{}, []byte(body)); !errors.Is(err, fault.Unknown) {
		t.Errorf("got %+v and %v, want unknown", got, err)
	}
}

func TestHeldMoneyIsCapturedAsFarAsTheWalletSays(t *testing.T) {
	answer := func(members string) string {
		return `{"result":{"resultStatus":"S"},"paymentId":"1","paymentAmount":{"currency":"IQD","value":"1000"},"paymentStatus":"SUCCESS"` + members + `}`
	}
	part := `,"transactions":[{"transactionType":"AUTHORIZATION","transactionStatus":"SUCCESS","transactionAmount":{"currency":"IQD","value":"1000"}},` +
		`{"transactionType":"CAPTURE","transactionStatus":"SUCCESS","transactionAmount":{"currency":"IQD","value":"400"}},` +
		`{"transactionType":"CAPTURE","transactionStatus":"FAIL","transactionAmount":{"currency":"IQD","value":"9"}}]`
	for name, c := range map[string]struct {
		body     string
		status   wallet.Status
		captured int64
	}{
		"a payment that was never held":   {answer(""), wallet.Paid, 0},
		"part of it, by the transactions": {answer(part), wallet.Paid, 400},
		"no amount of what was captured":  {answer(`,"authExpiryTime":"2026-01-09T10:15:00Z"`), "", 0},
	} {
		got, err := reader(t, "superqi").ReadQuery(t.Context(), wallet.Ref{RequestID: "R1"}, http.Header{}, []byte(c.body))
		if err != nil || got.Status != c.status || got.Captured.Minor != c.captured {
			t.Errorf("%s: got %+v and %v, want %q and %d", name, got, err, c.status, c.captured)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(publishedPay)
	f.Add(`{"result":{"resultStatus":"F","resultCode":"RISK_REJECT"}}`)
	f.Add(`{"result":{"resultStatus":"S"},"paymentId":"1","paymentStatus":"SUCCESS","paymentAmount":{"currency":"USD","value":5}}`)
	f.Add(`{"result":{"resultStatus":"S"},"paymentStatus":"SUCCESS","paymentAmount":{"value":5}}`)
	f.Add(`{"result":{"resultStatus":"S"},"transactions":[{"transactionType":"CAPTURE","transactionStatus":"SUCCESS","transactionAmount":{"currency":"USD","value":"5"}},null]}`)
	w := reader(f, "superqi")
	f.Fuzz(func(t *testing.T, body string) {
		payment, err := w.ReadPay(t.Context(), request("R1", "IQD"), http.Header{}, []byte(body))
		checkAnswer(t, payment, err)
		payment, err = w.ReadQuery(t.Context(), wallet.Ref{RequestID: "R1"}, http.Header{}, []byte(body))
		checkAnswer(t, payment, err)
	})
}

func checkAnswer(t *testing.T, got wallet.Payment, err error) {
	t.Helper()
	if err != nil {
		if f := fault.Of(err); f.RetryAfter < 0 || !utf8.ValidString(f.Code) || f.Kind == fault.Internal {
			t.Errorf("got %+v", f)
		}
		return
	}
	if _, err := json.Marshal(got); err != nil {
		t.Errorf("got %v, want a payment that can be written", err)
	}
	if got.RequestID != "R1" || got.Amount.Minor < 0 || got.Captured.Minor < 0 || !utf8.ValidString(got.Code) {
		t.Errorf("got %+v", got)
	}
}
