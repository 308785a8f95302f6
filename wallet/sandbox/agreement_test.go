package sandbox_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const (
	preparedAnswer = `{"agreementId":"sg_1","reference":"AG1","status":"PREPARED","signUrl":"https://wallet.example/agreements/1"}`
	grantedAnswer  = `{"agreementId":"sg_1","reference":"AG1","status":"SIGNED","customerId":"sc_1","token":"access-1","expiresAt":1767355200000,"refreshToken":"refresh-1"}`
	endedAnswer    = `{"agreementId":"sg_1","reference":"AG1","status":"ENDED"}`
)

func TestAnswersAboutAgreementsThatMakeNoSenseAreUnknown(t *testing.T) {
	old := wallet.Agreement{Payer: wallet.Payer{ID: "sc_1"}, Token: "access-0", Refresh: "refresh-0"}
	for name, c := range map[string]struct{ answer, from, to string }{
		"prepare: another reference":  {preparedAnswer, `"AG1"`, `"AG2"`},
		"prepare: no address":         {preparedAnswer, `https://wallet.example/agreements/1`, ``},
		"prepare: no web address":     {preparedAnswer, `https:`, `javascript:`},
		"sign: no token":              {grantedAnswer, `access-1`, ``},
		"sign: a token too long":      {grantedAnswer, `access-1`, strings.Repeat("x", 513)},
		"sign: no customer":           {grantedAnswer, `sc_1`, ``},
		"renew: another customer":     {grantedAnswer, `sc_1`, `sc_2`},
		"renew: a refresh too long":   {grantedAnswer, `refresh-1`, strings.Repeat("x", 513)},
		"end: a status that is other": {endedAnswer, `ENDED`, `SIGNED`},
	} {
		w := answering(t, strings.Replace(c.answer, c.from, c.to, 1))
		var err error
		switch call, _, _ := strings.Cut(name, ":"); call {
		case "prepare":
			_, err = w.PrepareAgreement(t.Context(), wallet.AgreementRequest{Reference: "AG1"})
		case "sign":
			_, err = w.SignAgreement(t.Context(), "code-1")
		case "renew":
			_, err = w.RenewAgreement(t.Context(), old)
		case "end":
			err = w.EndAgreement(t.Context(), old)
		}
		if !errors.Is(err, fault.Unknown) {
			t.Errorf("%s: got %v, want unknown", name, err)
		}
		if text := fmt.Sprintf("%+v", err); strings.Contains(text, "access-") || strings.Contains(text, "refresh-") {
			t.Errorf("%s: a token is printed: %s", name, text)
		}
	}
}

func TestAnswersAboutAgreementsAreUnderstood(t *testing.T) {
	action, err := answering(t, preparedAnswer).PrepareAgreement(t.Context(), wallet.AgreementRequest{Reference: "AG1"})
	if err != nil || action.Type != wallet.ActionSign || action.URL != "https://wallet.example/agreements/1" {
		t.Errorf("prepare: got %+v and %v, want the address", action, err)
	}
	agreement, err := answering(t, grantedAnswer).SignAgreement(t.Context(), "code-1")
	if err != nil || agreement.Payer.ID != "sc_1" || agreement.Token != "access-1" || agreement.Refresh != "refresh-1" ||
		agreement.ExpiresAt.UnixMilli() != 1767355200000 || !agreement.RefreshExpires.IsZero() {
		t.Errorf("sign: got %+v until %v and %v", agreement, agreement.ExpiresAt, err)
	}
	if err := answering(t, endedAnswer).EndAgreement(t.Context(), agreement); err != nil {
		t.Errorf("end: got %v, want no error", err)
	}
}

// agreed is an agreement of the user alice for at most 20.00 USD each time.
func (s *stand) agreed(t *testing.T) wallet.Agreement {
	t.Helper()
	action, err := s.wallet.PrepareAgreement(t.Context(), wallet.AgreementRequest{
		Reference: "AG1", Title: "Coffee", Limit: wallet.Money{Minor: 2000, Currency: "USD"},
	})
	if err != nil {
		t.Fatal(err)
	}
	code, err := s.provider.SignAgreement(action.URL, "alice")
	if err != nil {
		t.Fatal(err)
	}
	agreement, err := s.wallet.SignAgreement(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	return agreement
}

func TestACustomerIsTheSameBySignInAndByAgreement(t *testing.T) {
	s := open(t)
	payer, err := s.wallet.ExchangeAuthCode(t.Context(), s.provider.AuthCode("alice"))
	if got := s.agreed(t).Payer; err != nil || got != payer {
		t.Errorf("got %+v and %+v, %v; want one payer", got, payer, err)
	}
}

func TestAChargeBeyondTheLimitIsDeclined(t *testing.T) {
	s := open(t)
	req := wallet.PaymentRequest{RequestID: "R1", Amount: wallet.Money{Minor: 2001, Currency: "USD"}, Agreement: s.agreed(t).Token}
	_, err := s.wallet.CreatePayment(t.Context(), req)
	if !errors.Is(err, fault.Declined) || fault.Of(err).Code != "LIMIT_EXCEEDED" {
		t.Errorf("got %v, want declined with LIMIT_EXCEEDED", err)
	}
}

func TestMoneyCannotBeHeldByAgreement(t *testing.T) {
	s := open(t)
	req := wallet.PaymentRequest{RequestID: "R1", Amount: wallet.Money{Minor: 1, Currency: "USD"}, Agreement: s.agreed(t).Token, Hold: true}
	before := s.line.Calls()
	if _, err := s.wallet.CreatePayment(t.Context(), req); !errors.Is(err, fault.Unsupported) || s.line.Calls() != before {
		t.Errorf("got %v after %d calls, want unsupported and none", err, s.line.Calls()-before)
	}
}

func TestNewsOfAgreements(t *testing.T) {
	s := open(t)
	for name, c := range map[string]struct {
		agreement string
		want      wallet.AgreementNews
		known     bool
		kind      fault.Kind
	}{
		"signed":           {`{"reference":"AG1","status":"SIGNED","authCode":"code-1"}`, wallet.AgreementNews{Reference: "AG1", Code: "code-1"}, true, 0},
		"ended":            {`{"reference":"AG1","status":"ENDED"}`, wallet.AgreementNews{Reference: "AG1", Ended: true}, true, 0},
		"another status":   {`{"reference":"AG1","status":"PAUSED"}`, wallet.AgreementNews{}, false, 0},
		"no reference":     {`{"status":"ENDED"}`, wallet.AgreementNews{}, false, fault.Invalid},
		"a code too long":  {`{"reference":"AG1","status":"SIGNED","authCode":"` + strings.Repeat("x", 513) + `"}`, wallet.AgreementNews{}, false, fault.Invalid},
		"nothing about it": {`null`, wallet.AgreementNews{}, false, fault.Invalid},
	} {
		d, err := farSide{stand: s}.Sign(t.Context(), []byte(`{"eventId":"se_sg_1_1","type":"agreement","agreement":`+c.agreement+`}`))
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.wallet.ParseNotification(t.Context(), d)
		if c.kind != 0 && !errors.Is(err, c.kind) || c.kind == 0 && err != nil || (len(got.Events) == 1) != c.known {
			t.Errorf("%s: got %+v and %v", name, got, err)
			continue
		}
		if c.known && (got.Events[0].Kind != wallet.AgreementEvent || got.Events[0].ID != "se_sg_1_1" || got.Events[0].Agreement != c.want) {
			t.Errorf("%s: got %+v, want %+v", name, got.Events[0], c.want)
		}
	}
}
