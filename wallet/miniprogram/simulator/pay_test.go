package simulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

func TestEveryProfileTakesAPaymentToItsEnd(t *testing.T) {
	for _, profile := range simulator.Profiles() {
		t.Run(profile, func(t *testing.T) {
			s := newTill(t, profile)
			opened := s.open("A")
			if url := paymentURL(opened); url != s.PaymentURL("A") || len(url) <= 255 || !strings.Contains(url, "%2B") {
				t.Errorf("payment URL: got %q", url)
			}
			if requested := s.inquire("A"); !requested.signed || requested.Result.Status != "S" {
				t.Errorf("inquiry while open: got %s", requested.Body)
			}
			s.settle("A", "pay")
			if n := s.RunOnce(t.Context()); n != 1 {
				t.Errorf("attempts to notify: got %d, want 1", n)
			}
			if all := s.notices(); len(all) != 1 || !all[0].signed {
				t.Errorf("received %+v, want one notification that is signed", all)
			}
			s.wantBooks("A", "PAID", 1234, 0)
			refund := fields{"refundRequestId": "R", "paymentRequestId": "A", "refundAmount": sum("234")}
			want(t, "refund", s.call("payments/refund", s.named(refund)).word(), "S/SUCCESS")
			s.wantBooks("A", "PAID", 1234, 234)
		})
	}
}

// paymentURL is the first spelling there is, in the order in which clients search.
func paymentURL(r reply) string {
	for _, form := range []string{"redirectActionForm", "actionForm"} {
		inner, _ := r.fields[form].(map[string]any)
		for _, name := range []string{"redirectionUrl", "redirectUrl"} {
			if url, _ := inner[name].(string); url != "" {
				return url
			}
		}
	}
	return r.text("normalUrl")
}

func TestRequiredFieldsAreNamedWhenTheyAreMissing(t *testing.T) {
	for profile, missing := range map[string][]string{
		"generic-v1": {"paymentRequestId", "paymentAmount", "partnerId", "paymentOrderTitle", "paymentFactor"},
		"generic-v2": {"paymentRequestId", "paymentAmount", "appId"},
		"gcash":      {"paymentRequestId", "paymentAmount", "appId"},
		"tng":        {"paymentRequestId", "paymentAmount", "partnerId", "paymentOrderTitle", "paymentFactor"},
		"superqi":    {"paymentRequestId", "paymentAmount", "productCode", "order"},
		"rebell":     {"paymentRequestId", "paymentAmount", "productCode"},
		"vodapay":    {"paymentRequestId", "paymentAmount"},
		"alipayplus": {"paymentRequestId", "paymentAmount"},
		"ams":        {"paymentRequestId", "paymentAmount"},
	} {
		for _, name := range missing {
			t.Run(profile+" without "+name, func(t *testing.T) {
				s := newTill(t, profile)
				body := s.paying("A")
				delete(body, name)
				wantIllegal(t, s.call("payments/pay", body), name)
			})
		}
	}
}

func wantIllegal(t *testing.T, got reply, name string) {
	t.Helper()
	if got.word() != "F/PARAM_ILLEGAL" || !strings.HasPrefix(got.Result.Message, name) || !got.signed {
		t.Errorf("got %s, want PARAM_ILLEGAL that names %s", got.Body, name)
	}
}

func TestFieldsThatBreakARuleAreNamed(t *testing.T) {
	for _, c := range []struct {
		name, profile, field string
		value                any
	}{
		{"an id with a hash", "generic-v2", "paymentRequestId", "A#1"},
		{"an id that is too long", "generic-v2", "paymentRequestId", strings.Repeat("A", 65)},
		{"an amount of nothing", "generic-v2", "paymentAmount", sum("0")},
		{"an amount with a sign", "generic-v2", "paymentAmount", sum("-1")},
		{"an amount with a fraction", "generic-v2", "paymentAmount", sum("1.5")},
		{"an amount with a blank", "generic-v2", "paymentAmount", sum(" 1")},
		{"an amount of 17 digits", "generic-v2", "paymentAmount", sum("12345678901234567")},
		{"an amount as a number", "generic-v2", "paymentAmount", fields{"currency": "USD", "value": 1234}},
		{"an unknown currency", "generic-v2", "paymentAmount", fields{"currency": "XXX", "value": "1"}},
		{"an expiry that has passed", "generic-v2", "paymentExpiryTime", "2025-01-01T00:00:00Z"},
		{"an expiry that is no time", "generic-v2", "paymentExpiryTime", "tomorrow"},
		{"an expiry too far in the future", "ams", "paymentExpiryTime", "2026-01-02T10:45:00+08:00"},
		{"a script for a URL", "generic-v2", "paymentRedirectUrl", "javascript:alert(1)"},
		{"a notify URL without a host", "generic-v2", "paymentNotifyUrl", "/hooks"},
		{"a title that is too long", "tng", "paymentOrderTitle", strings.Repeat("é", 257)},
		{"a kind of payment that is none", "tng", "paymentFactor", fields{"isCashierPayment": false}},
		{"an order whose amount is no text", "tng", "extraParams", fields{"ORDER": `{"orderAmount":{"currency":"USD"}}`}},
		{"a product that is not sold", "superqi", "productCode", "CASHIER_PAYMENT"},
		{"an order without a buyer", "superqi", "order", fields{"orderDescription": "Tea"}},
		{"a boolean where all is text", "ams", "paymentFactor", fields{"isAuthorization": true}},
		{"an empty string where all says something", "alipayplus", "paymentRedirectUrl", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newTill(t, c.profile)
			wantIllegal(t, s.call("payments/pay", change(s.paying("A"), c.field, c.value)), c.field)
			if s.Books("A").Payments != 0 {
				t.Error("a payment was opened all the same")
			}
		})
	}
}

func change(f fields, name string, value any) fields { f[name] = value; return f }

func TestRebellReadsNumbersToo(t *testing.T) {
	s := newTill(t, "rebell")
	s.open("A", with("paymentAmount", fields{"currency": "USD", "value": 1234}))
	s.settle("A", "pay")
	s.wantBooks("A", "PAID", 1234, 0)
}

func TestARepeatYieldsTheSamePayment(t *testing.T) {
	s := newTill(t, "generic-v2")
	body := s.paying("A")
	first := s.call("payments/pay", body)
	s.clock.Advance(time.Minute)
	again := s.call("payments/pay", change(body, "paymentExpiryTime", "2026-01-02T11:45:00+08:00"))
	if again.word() != "A/ACCEPT" || again.text("paymentId") != first.text("paymentId") || paymentURL(again) != paymentURL(first) {
		t.Errorf("got %s, want what the first call got: %s", again.Body, first.Body)
	}
	s.settle("A", "pay")
	if paid := s.call("payments/pay", body); paid.word() != "S/SUCCESS" || paid.text("paymentId") != first.text("paymentId") {
		t.Errorf("after it was paid: got %s", paid.Body)
	}
	s.wantBooks("A", "PAID", 1234, 0)
}

func TestARepeatWithOtherContentIsRefused(t *testing.T) {
	for name, value := range map[string]any{
		"paymentAmount": sum("1235"), "productCode": "OTHER", "paymentNotifyUrl": notifyURL + "/other",
	} {
		s := newTill(t, "generic-v2")
		s.open("A")
		want(t, name, s.call("payments/pay", change(s.paying("A"), name, value)).word(), "F/REPEAT_REQ_INCONSISTENT")
	}
	s := newTill(t, "generic-v2")
	s.open("A")
	other := change(s.paying("A"), "paymentAmount", fields{"currency": "EUR", "value": "1234"})
	want(t, "currency", s.call("payments/pay", other).word(), "F/REPEAT_REQ_INCONSISTENT")
}

func TestARepeatOfAFinishedRequestReportsItsOutcome(t *testing.T) {
	s := newTill(t, "generic-v2")
	body := s.paying("A")
	s.call("payments/pay", body)
	s.settle("A", "decline")
	want(t, "declined", s.call("payments/pay", body).word(), "F/USER_BALANCE_NOT_ENOUGH")
	body = s.paying("B")
	s.call("payments/pay", body)
	s.clock.Advance(9*time.Minute + time.Second)
	want(t, "expired", s.call("payments/pay", body).word(), "F/ORDER_STATUS_INVALID")
}

func TestAnExpiredPaymentCannotBePaid(t *testing.T) {
	for profile, reported := range map[string]int{"generic-v2": 1, "ams": 1, "tng": 0, "superqi": 0} {
		t.Run(profile, func(t *testing.T) {
			s := newTill(t, profile)
			s.open("A")
			s.clock.Advance(9 * time.Minute)
			s.settle("A", "pay")
			s.wantBooks("A", "EXPIRED", 0, 0)
			want(t, "status", s.inquire("A").text("paymentStatus"), "FAIL")
			if n := s.RunOnce(t.Context()); n != reported {
				t.Errorf("attempts to notify: got %d, want %d", n, reported)
			}
		})
	}
}

func TestWithoutAnExpiryThereIsADefault(t *testing.T) {
	for profile, after := range map[string]time.Duration{"generic-v2": 15 * time.Minute, "ams": 14 * time.Minute} {
		s := newTill(t, profile)
		s.open("A", func(f fields) { delete(f, "paymentExpiryTime") })
		s.clock.Advance(after - time.Second)
		want(t, profile+" before", s.inquire("A").text("paymentStatus"), "PROCESSING")
		s.clock.Advance(time.Second)
		want(t, profile+" after", s.inquire("A").text("paymentStatus"), "FAIL")
	}
}

func TestTheOldestFinishedPaymentsAreEvicted(t *testing.T) {
	s := newTill(t, "generic-v2", func(c *simulator.Config) { c.MaxPayments = 2 })
	s.open("A")
	s.open("B")
	want(t, "a third while two are open", s.call("payments/pay", s.paying("C")).word(), "F/REQUEST_TRAFFIC_EXCEED_LIMIT")
	s.settle("B", "pay")
	want(t, "while its news is not delivered", s.call("payments/pay", s.paying("C")).word(), "F/REQUEST_TRAFFIC_EXCEED_LIMIT")
	s.RunOnce(t.Context())
	s.open("C")
	if s.Books("A").Payments != 1 || s.Books("B").Payments != 0 {
		t.Error("not the finished payment was forgotten")
	}
}

func TestPartnersAndAppsAreCheckedWhenConfigured(t *testing.T) {
	s := newTill(t, "generic-v2", func(c *simulator.Config) { c.AppID = "other"; c.AuthClientID = "auth" })
	wantIllegal(t, s.call("payments/pay", s.paying("A")), "appId")
	body := fields{"appId": "other", "authClientId": "wrong", "grantType": "AUTHORIZATION_CODE", "authCode": "x"}
	want(t, "authClientId", s.call("authorizations/applyToken", body).word(), "F/INVALID_AUTH_CLIENT")
	s = newTill(t, "tng", func(c *simulator.Config) { c.PartnerID = "P2" })
	want(t, "partnerId", s.call("payments/pay", s.paying("A")).word(), "F/PARTNER_NOT_EXIST")
}
