package wire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

func ExampleObject() {
	amount := wallet.Money{Minor: 1230, Currency: "USD"}
	order := wire.NewObject().Text("id", "ord_1").Text("note", "") // an empty text is left out
	body := wire.NewObject().Text("requestId", "R1").Inner("order", order).
		Amount("minor", amount).Number("major", wire.Major(amount)).Text("text", amount.Decimal()).End()
	fmt.Println(string(body))
	// Output: {"requestId":"R1","order":{"id":"ord_1"},"minor":{"currency":"USD","value":"1230"},"major":12.3,"text":"12.30"}
}

func ExampleQuery() {
	fmt.Println("/payments?" + wire.Query("id", "R1", "cursor", "", "at", "12:30 +08"))
	// Output: /payments?id=R1&at=12%3A30+%2B08
}

func ExampleDecode() {
	var answer struct {
		Status wire.Literal `json:"status"`
		Amount wire.Literal `json:"amount"`
		PaidAt wire.Literal `json:"paidAt"`
	}
	err := wire.Decode([]byte(`{"status":2,"amount":"12.30","paidAt":1767355200000}`), &answer)
	amount, amountErr := answer.Amount.Major("USD")
	paidAt, timeErr := wire.Unix(answer.PaidAt, time.Millisecond)
	fmt.Println(answer.Status, amount, paidAt, errors.Join(err, amountErr, timeErr))

	err = wire.Decode([]byte(`{"status":2,"status":3}`), &answer)
	fmt.Println(err)
	// Output:
	// 2 12.30 USD 2026-01-02 12:00:00 +0000 UTC <nil>
	// the provider's message is malformed
}

func ExampleLiteral_Major() {
	for _, written := range []wire.Literal{"1", "1.00", "1e0", "1.005", "-1", ""} {
		amount, err := written.Major("USD")
		fmt.Printf("%q %v %v\n", written, amount.Minor, err)
	}
	// Output:
	// "1" 100 <nil>
	// "1.00" 100 <nil>
	// "1e0" 100 <nil>
	// "1.005" 0 more decimal digits than the currency has: 1.005 USD
	// "-1" 0 not an amount: "-1"
	// "" 0 not an amount: ""
}

func ExampleSend() {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"code":"BUSY"}`)
	}))
	defer provider.Close()
	base, _ := wire.ParseBase(provider.URL, false)
	env := wallet.Env{}.WithDefaults()
	answer, err := wire.Send(context.Background(), env.HTTP, wire.Request{
		Op: "mywallet.Refund", Method: http.MethodPost, URL: base.URL("/refund"), Body: []byte(`{"id":"R1"}`),
	})
	refused := fault.Of(answer.StatusFault())
	fmt.Println(answer.Status, err)
	fmt.Println(refused.Kind, refused.RetryAfter)
	// Output:
	// 429 <nil>
	// unavailable 7s
}

func ExampleCodes() {
	codes := wire.Codes{
		"INSUFFICIENT": {Kind: fault.Declined, Detail: "The payer's balance is too low."},
		"IN_PROGRESS":  {Kind: fault.Unknown, Detail: "The wallet does not know the outcome yet."},
	}
	for _, code := range []string{"INSUFFICIENT", "IN_PROGRESS", "NEW_CODE"} {
		fmt.Println(code, codes.Fault("mywallet.CreatePayment", code).Kind)
	}
	// Output:
	// INSUFFICIENT declined
	// IN_PROGRESS unknown
	// NEW_CODE unknown
}

// The answer to a refund was lost. The engine repeats the request, and the provider refuses
// the repeat, because the amount was refunded by the first attempt.
func ExampleResolve() {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	repeat := wire.RefusedRepeat{
		Refusal:    fault.New(fault.Declined, "mywallet.Refund", "Nothing is left to refund."),
		LastSentAt: now.Add(-time.Second), Now: now, Lag: time.Minute,
	}
	refund, err := wire.Resolve(repeat, func() (wallet.Refund, error) {
		return wallet.Refund{RefundRef: wallet.RefundRef{RequestID: "R2"}, Status: wallet.RefundSucceeded}, nil // by a query
	})
	fmt.Println(refund.RequestID, refund.Status, err)

	_, err = wire.Resolve(repeat, func() (wallet.Refund, error) {
		return wallet.Refund{}, fault.NotFound // which may be the provider's lag
	})
	fmt.Println(fault.KindOf(err))
	// Output:
	// R2 succeeded <nil>
	// unknown
}

func ExampleReplies() {
	replies := wire.Replies{
		Stored: wire.Reply{Status: http.StatusOK, Body: "ok"}, NoOrder: wire.Reply{Status: http.StatusOK, Body: "ok"},
		Forged: wire.Reply{Status: http.StatusUnauthorized}, Invalid: wire.Reply{Status: http.StatusBadRequest},
		TooLarge: wire.Reply{Status: http.StatusRequestEntityTooLarge}, Retry: wire.Reply{Status: http.StatusServiceUnavailable},
	}
	for _, err := range []error{nil, fault.Unauthenticated, errors.New("the disk is full")} {
		fmt.Println(replies.For(err).WithContentType("text/plain").Status)
	}
	// Output:
	// 200
	// 401
	// 503
}

func ExampleMistakes() {
	var mistakes wire.Mistakes
	_, ok := wire.ParseBase("http://wallet.example", false)
	mistakes.Check(ok, "baseUrl", wire.BaseDetail)
	mistakes.Check(wire.ValidHeaderValue("key 1"), "keyId", "must not have blanks")
	err := mistakes.Fault("mywallet.Open", "The wallet is not configured.")
	for _, field := range fault.Of(err).Fields {
		fmt.Println(field.Name, field.Detail)
	}
	// Output:
	// baseUrl must be an https URL without credentials, query, escapes or fragment; http is for this machine, or with insecure: true
	// keyId must not have blanks
}
