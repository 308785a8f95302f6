package payprotocol_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/payprotocol"
)

// signed is a callback that the provider signs for a path, and that arrives at another.
func signed(t testing.TB, w *payprotocol.Wallet, path, arrives, body string) wallet.Delivery {
	t.Helper()
	h, err := w.Sign(t.Context(), noon, http.MethodPost, path, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return wallet.Delivery{Method: http.MethodPost, Path: arrives, Header: h, Body: []byte(body), ReceivedAt: noon}
}

func TestACallbackCountsOnlyAsTheSettingsSayThatItIsSigned(t *testing.T) {
	other := func(c *payprotocol.Config) { c.APISecret = signing.NewSecret("another-secret-0123456789") }
	for _, test := range []struct {
		name     string
		change   func(*payprotocol.Config)
		path     string
		bend     func(*wallet.Delivery)
		accepted bool
	}{
		{"over path and query", nil, "/pay/notify?a=b", nil, true},
		{"over the path alone", nil, "/pay/notify", nil, false},
		{"over nothing", nil, "", nil, false},
		{"over the whole URL", nil, "https://merchant.example/pay/notify?a=b", nil, false},
		{"over the whole URL, as set", func(c *payprotocol.Config) { c.CallbackPaths = []string{"{path}", "https://merchant.example{path}"} },
			"https://merchant.example/pay/notify?a=b", nil, true},
		{"over nothing, as set", func(c *payprotocol.Config) { c.CallbackPaths = []string{""} }, "", nil, true},
		{"over path and query where something else is set", func(c *payprotocol.Config) { c.CallbackPaths = []string{""} }, "/pay/notify?a=b", nil, false},
		{"another secret", other, "/pay/notify?a=b", nil, false},
		{"another method", nil, "/pay/notify?a=b", func(d *wallet.Delivery) { d.Method = http.MethodPut }, false},
		{"another body", nil, "/pay/notify?a=b", func(d *wallet.Delivery) { d.Body = []byte(`{"outTradeNo":"C3","paymentStatus": 0}`) }, false},
		{"another merchant's key", nil, "/pay/notify?a=b", func(d *wallet.Delivery) { d.Header.Set("X-PAY-KEY", "F1R28pRR") }, false},
		{"two keys", nil, "/pay/notify?a=b", func(d *wallet.Delivery) { d.Header.Add("X-PAY-KEY", testKey) }, false},
		{"no signature", nil, "/pay/notify?a=b", func(d *wallet.Delivery) { d.Header.Del("X-PAY-SIGN") }, false},
		{"a signature that is not base64", nil, "/pay/notify?a=b", func(d *wallet.Delivery) { d.Header.Set("X-PAY-SIGN", "%%%") }, false},
		{"a signature without its padding", nil, "/pay/notify?a=b", func(d *wallet.Delivery) {
			d.Header.Set("X-PAY-SIGN", strings.TrimRight(d.Header.Get("X-PAY-SIGN"), "="))
		}, false},
		{"the twin's headers", nil, "/pay/notify?a=b", func(d *wallet.Delivery) { d.Header = prefixed(d.Header, "Utc-Pay-") }, false},
		{"15 minutes old", nil, "/pay/notify?a=b", func(d *wallet.Delivery) { d.ReceivedAt = noon.Add(15 * time.Minute) }, true},
		{"older", nil, "/pay/notify?a=b", func(d *wallet.Delivery) { d.ReceivedAt = noon.Add(15*time.Minute + time.Second) }, false},
		{"a minute ahead", nil, "/pay/notify?a=b", func(d *wallet.Delivery) { d.ReceivedAt = noon.Add(-time.Minute) }, true},
		{"further ahead", nil, "/pay/notify?a=b", func(d *wallet.Delivery) { d.ReceivedAt = noon.Add(-time.Minute - time.Second) }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var change []func(*payprotocol.Config)
			if test.change != nil {
				change = append(change, test.change)
			}
			d := signed(t, open(t, wallet.Env{}), test.path, "/pay/notify?a=b", `{"outTradeNo":"C3","paymentStatus":0}`)
			if test.bend != nil {
				test.bend(&d)
			}
			n, err := open(t, wallet.Env{}, change...).ParseNotification(t.Context(), d)
			if test.accepted && (err != nil || len(n.Events) != 1) || !test.accepted && !errors.Is(err, fault.Unauthenticated) {
				t.Errorf("got %d events and %v, want accepted %v", len(n.Events), err, test.accepted)
			}
		})
	}
}

func TestACallbackReportsItsTimeInSecondsOnly(t *testing.T) {
	w := open(t, wallet.Env{})
	for timestamp, accepted := range map[string]bool{
		"1723971200": true, "01723971200": false, "+1723971200": false, "1723971200000": false, "1723971200.0": false, "1.7239712e9": false, "noon": false,
		"99999999999999999999": false, "-1": false,
	} {
		d := signed(t, w, "/n", "/n", `{"outTradeNo":"C3","paymentStatus":0}`)
		mac := hmac.New(sha256.New, []byte(testSecret))
		mac.Write(payprotocol.Message(timestamp, d.Method, d.Path, d.Body))
		d.Header.Set("X-PAY-TIMESTAMP", timestamp)
		d.Header.Set("X-PAY-SIGN", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		if _, err := w.ParseNotification(t.Context(), d); accepted != (err == nil) || !accepted && !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: got %v, want accepted %v", timestamp, err, accepted)
		}
	}
}

func prefixed(h http.Header, prefix string) http.Header {
	out := http.Header{}
	for name, values := range h {
		out[strings.Replace(name, "X-Pay-", prefix, 1)] = values
	}
	return out
}

func TestTheTwinsHeadersAreASetting(t *testing.T) {
	twin := func(c *payprotocol.Config) { c.HeaderPrefix = "UTC-PAY-" }
	w := open(t, wallet.Env{}, twin)
	d := signed(t, w, "/n", "/n", `{"outTradeNo":"C3","paymentStatus":0}`)
	if d.Header.Get("UTC-PAY-SIGN") == "" || d.Header.Get("X-PAY-SIGN") != "" {
		t.Errorf("got the headers %v, want the twin's alone", d.Header)
	}
	if _, err := w.ParseNotification(t.Context(), d); err != nil {
		t.Error(err)
	}
	d.Header = prefixed(signed(t, open(t, wallet.Env{}), "/n", "/n", string(d.Body)).Header, "X-Pay-")
	if _, err := w.ParseNotification(t.Context(), d); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("with our own headers: got %v, want unauthenticated", err)
	}
}

func TestACallbackHasTheOutcomeOfItsStatus(t *testing.T) {
	paid := usdt(10_000)
	for _, test := range []struct {
		name   string
		body   string
		status wallet.Status
		amount wallet.Money
	}{
		{"paid", orderC3("paymentStatus:0"), wallet.Paid, paid},
		{"partly paid names no amount", orderC3("paymentStatus:3"), wallet.Paid, wallet.Money{}},
		{"failed", orderC3("paymentStatus:4"), wallet.Failed, paid},
		{"pending", orderC3("paymentStatus:1"), wallet.Pending, paid},
		{"on its way in a block", orderC3("paymentStatus:2"), wallet.Pending, paid},
		{"refunded says nothing by itself", orderC3("paymentStatus:5"), "", paid},
		{"without a status", orderC3("paymentStatus:"), "", paid},
		{"null", orderC3("paymentStatus:null"), "", paid},
		{"text", orderC3(`paymentStatus:"0"`), "", paid},
		{"text that says paid", orderC3(`paymentStatus:"paid"`), "", paid},
		{"0.0", orderC3("paymentStatus:0.0"), "", paid},
		{"-0", orderC3("paymentStatus:-0"), "", paid},
		{"0e1", orderC3("paymentStatus:0e1"), "", paid},
		{"false", orderC3("paymentStatus:false"), "", paid},
		{"a list", orderC3("paymentStatus:[0]"), "", paid},
		{"an object", orderC3("paymentStatus:{}"), "", paid},
		{"a status that is not known", orderC3("paymentStatus:6"), "", paid},
		{"in other letters", orderC3("paymentStatus:", "PaymentStatus:0"), "", paid},
		{"another price", orderC3(`quoteAmount:"0.02"`), wallet.Paid, usdt(20_000)},
		{"the price written otherwise", orderC3(`quoteAmount:"0.010"`), wallet.Paid, paid},
		{"the price as a number", orderC3(`quoteAmount:1e-2`), wallet.Paid, paid},
		{"a price with too many digits", orderC3(`quoteAmount:"0.0100001"`), wallet.Paid, wallet.Money{}},
		{"a token called money", orderC3("isLegalTender:1"), wallet.Paid, wallet.Money{}},
		{"money called a token", orderC3(`quoteCurrencySymbol:"USD"`), wallet.Paid, wallet.Money{}},
		{"money", orderC3(`quoteCurrencySymbol:"USD"`, "isLegalTender:1"), wallet.Paid, wallet.Money{Minor: 1, Currency: "USD"}},
		{"money that is not known", orderC3(`quoteCurrencySymbol:"WAT"`, "isLegalTender:1"), wallet.Paid, wallet.Money{}},
		{"a symbol that is not known", orderC3(`quoteCurrencySymbol:"WAT"`), wallet.Paid, wallet.Money{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			events, err := payprotocol.News([]byte(test.body))
			if err != nil || len(events) != 1 {
				t.Fatalf("got %+v and %v, want one event", events, err)
			}
			p := events[0].Payment
			if p.Status != test.status || p.Amount != test.amount || p.RequestID != "C3" {
				t.Errorf("got %s of %v for %s, want %s of %v for C3", p.Status, p.Amount, p.RequestID, test.status, test.amount)
			}
		})
	}
}

func TestACallbackOfARefundHasTheOutcomeOfItsStatus(t *testing.T) {
	for status, want := range map[string]wallet.RefundStatus{
		"0": wallet.RefundSucceeded, "1": wallet.RefundWaiting, "2": wallet.RefundWaiting, "3": wallet.RefundPending,
		"4": wallet.RefundFailed, "5": wallet.RefundFailed, "6": "", `"0"`: "", "null": "", "0.0": "",
	} {
		body := `{"refundId":33,"chainId":136,"currencyId":2,"outTradeNo":"C3","outPaymentNo":"P1","refundStatus":` + status + `,"refundAmount":"10000"}`
		events, err := payprotocol.News([]byte(body))
		if err != nil || len(events) != 1 || events[0].Kind != wallet.RefundEvent {
			t.Fatalf("%s: got %+v and %v, want a refund's event", status, events, err)
		}
		r := events[0].Refund
		if r.Status != want || r.RefundID != "33" || r.Payment.RequestID != "C3" || r.Amount != (wallet.Money{}) {
			t.Errorf("%s: got %+v, want %q of refund 33 without an amount", status, r, want)
		}
	}
}

func TestACallbackWithoutUsableNamesIsInvalid(t *testing.T) {
	long := strings.Repeat("9", 10_000)
	for _, body := range []string{
		orderC3(`outPaymentNo:"` + long + `"`), orderC3(`transferHash:"` + long + `"`), orderC3("outTradeNo:3"),
		`{"refundId":33,"refundStatus":0}`, `{"refundId":0,"outTradeNo":"C3","refundStatus":0}`, `{"refundId":-33,"outTradeNo":"C3","refundStatus":0}`,
		`{"refundId":"x","outTradeNo":"C3","refundStatus":0}`, `{"refundId":33,"outTradeNo":"` + long + `","refundStatus":0}`,
	} {
		if events, err := payprotocol.News([]byte(body)); err == nil {
			t.Errorf("%.80s: got %+v, want an error", body, events)
		}
	}
}

func TestCallbacksOfOtherKindsAreLeftOut(t *testing.T) {
	for _, body := range []string{
		`{"rechargeId":1,"rechargeStatus":0,"uuid":"USER1"}`, `{"withdrawId":35,"withdrawStatus":0,"outTradeNo":"C3"}`, `{"abnormalId":5}`, `{}`,
	} {
		if events, err := payprotocol.News([]byte(body)); err != nil || len(events) != 0 {
			t.Errorf("%s: got %+v and %v, want nothing", body, events, err)
		}
	}
}

func TestNewsThatCannotBeRepresentedIsKept(t *testing.T) {
	for _, body := range []string{
		orderC3(`quoteAmount:"99999999999999999999"`), orderC3("blockTime:999999999999999"),
		`{"refundId":33,"outTradeNo":"C3","refundStatus":0,"refundAmount":"x"}`,
	} {
		events, err := payprotocol.News([]byte(body))
		if err != nil || len(events) != 1 || events[0].Unreadable == "" || events[0].Payment.Status != "" || events[0].Refund.Status != "" {
			t.Errorf("%s: got %+v and %v, want an unreadable event without a status", body, events, err)
		}
	}
}

func TestEventIDsDifferByWhatHappened(t *testing.T) {
	seen := map[string]string{}
	for _, body := range []string{
		orderC3("paymentStatus:0"), orderC3("paymentStatus:3"), orderC3(`transferHash:"aa"`), orderC3(`outPaymentNo:"2"`),
		orderC3("blockTime:999999999999999"),
		`{"refundId":33,"outTradeNo":"C3","refundStatus":0}`, `{"refundId":33,"outTradeNo":"C3","refundStatus":4}`, `{"refundId":34,"outTradeNo":"C3","refundStatus":0}`,
	} {
		events, err := payprotocol.News([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := seen[events[0].ID]; twice {
			t.Errorf("%s and %s have one id", body, other)
		}
		seen[events[0].ID] = body
	}
	events, _ := payprotocol.News([]byte(orderC3(`description:"told again"`)))
	if seen[events[0].ID] == "" {
		t.Error("the same news in other words has another id")
	}
}

func TestTheReplyIsSuccessOnlyWhenStored(t *testing.T) {
	w := open(t, wallet.Env{})
	outcomes := []error{nil}
	for _, kind := range fault.Kinds() {
		outcomes = append(outcomes, fault.New(kind, "test", ""))
	}
	for _, err := range outcomes {
		reply := w.Reply(wallet.Delivery{}, err)
		acknowledges := string(reply.Body) == "success" && reply.Status == 200
		if want := err == nil || errors.Is(err, fault.NotFound); acknowledges != want {
			t.Errorf("%v: got HTTP %d %q, want acknowledged %v", err, reply.Status, reply.Body, want)
		}
		if got := reply.Header.Get("Content-Type"); got != "text/plain" {
			t.Errorf("%v: got the content type %q, want text/plain", err, got)
		}
	}
}
