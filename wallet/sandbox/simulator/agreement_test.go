package simulator_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// deal is an agreement on the wire, or a refusal.
type deal struct {
	AgreementID, Reference, Status, SignURL, AuthCode, CustomerID, Token, RefreshToken, Code string
	ExpiresAt, RefreshExpiresAt                                                              int64
}

func (s *till) deal(path string, body fields) (out deal) {
	s.Helper()
	if err := json.Unmarshal([]byte(s.raw(path, body)), &out); err != nil {
		s.Fatal(err)
	}
	return out
}

func terms(reference string) fields {
	return fields{
		"reference": reference, "title": "Morning coffee", "description": "At <most> one a day", "notifyUrl": notifyURL,
		"limit": fields{"currency": "USD", "value": "2000"},
	}
}

// sign is an agreement that the user alice has signed, with its first tokens.
func (s *till) sign(reference string) deal {
	s.Helper()
	code, err := s.SignAgreement(s.deal("/v1/agreements", terms(reference)).SignURL, "alice")
	if err != nil {
		s.Fatal(err)
	}
	out := s.deal("/v1/agreements/sign", fields{"code": code})
	if out.Token == "" || out.RefreshToken == "" || out.CustomerID == "" || out.Status != "SIGNED" {
		s.Fatalf("sign: got %+v, want tokens and a customer", out)
	}
	return out
}

// charge makes a payment by a token.
func (s *till) charge(id, token string, change ...func(fields)) payment {
	s.Helper()
	body := s.creating(id)
	body["agreement"] = token
	for _, c := range change {
		c(body)
	}
	return s.call("/v1/payments", body)
}

func TestAnAgreementIsPreparedOnce(t *testing.T) {
	s := newTill(t)
	first, again := s.deal("/v1/agreements", terms("A")), s.deal("/v1/agreements", terms("A"))
	if first.SignURL == "" || first.Status != "PREPARED" || first != again {
		t.Errorf("got %+v and %+v, want one agreement", first, again)
	}
	other := terms("A")
	other["title"] = "Evening tea"
	if got := s.deal("/v1/agreements", other).Code; got != "REQUEST_ID_REUSED" {
		t.Errorf("other content: got %q, want REQUEST_ID_REUSED", got)
	}
	for name, bad := range map[string]fields{
		"no reference":        terms(""),
		"a title too long":    {"reference": "B", "title": strings.Repeat("x", 513)},
		"no URL":              {"reference": "B", "notifyUrl": "x"},
		"a language too long": {"reference": "B", "language": strings.Repeat("x", 36)},
		"a limit of nothing":  {"reference": "B", "limit": fields{"currency": "USD", "value": "0"}},
	} {
		if got := s.deal("/v1/agreements", bad).Code; got != "INVALID_REQUEST" {
			t.Errorf("%s: got %q, want INVALID_REQUEST", name, got)
		}
	}
}

func TestACodeOfAnAgreementWorksOnceAndSoon(t *testing.T) {
	s := newTill(t)
	prepared := s.deal("/v1/agreements", terms("A"))
	first, err := s.SignAgreement(prepared.SignURL, "alice")
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.SignAgreement(prepared.SignURL, "bob")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.deal("/v1/agreements/sign", fields{"code": first}).Code; got != "AUTH_CODE_INVALID" {
		t.Errorf("a code that another one replaced: got %q, want AUTH_CODE_INVALID", got)
	}
	if got := s.deal("/v1/agreements/sign", fields{"code": second}); got.Token == "" {
		t.Errorf("the newest code: got %+v, want tokens", got)
	}
	if user := s.Agreements()[0].User; user != "alice" {
		t.Errorf("the agreement is %q's, want alice's, who signed first", user)
	}
	for _, code := range []string{second, "", "code_0_2_", "code_9_1_X", strings.ToLower(second)} {
		if got := s.deal("/v1/agreements/sign", fields{"code": code}).Code; got != "AUTH_CODE_INVALID" {
			t.Errorf("the code %q: got %q, want AUTH_CODE_INVALID", code, got)
		}
	}
	late, err := s.SignAgreement(prepared.SignURL, "alice")
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(2*time.Minute + time.Millisecond)
	if got := s.deal("/v1/agreements/sign", fields{"code": late}).Code; got != "AUTH_CODE_EXPIRED" {
		t.Errorf("a code that is too old: got %q, want AUTH_CODE_EXPIRED", got)
	}
}

func TestAnAgreementIsChargedAtOnce(t *testing.T) {
	s := newTill(t, func(c *simulator.Config) { c.Methods = []simulator.Method{{ID: "card", Name: "Card"}} })
	token := s.sign("A").Token
	for range 2 {
		got := s.charge("P", token)
		if got.Status != "PAID" || got.PaymentURL != "" || got.Methods != nil || got.Captured == nil || got.Captured.Value != "1234" {
			t.Errorf("got %+v, want it paid with nothing to do", got)
		}
	}
	if n := len(s.Payments()); n != 1 {
		t.Errorf("got %d payments, want 1", n)
	}
	s.RunOnce(t.Context())
	reported := s.notices()
	if last := reported[len(reported)-1]; last.Payment.Status != "PAID" || last.Payment.RequestID != "P" {
		t.Errorf("got %+v, want news of the payment", last)
	}
}

func TestWhatAnAgreementDoesNotPermitIsRefused(t *testing.T) {
	s := newTill(t, func(c *simulator.Config) { c.TokenLife = time.Hour })
	agreed := s.sign("A")
	amount := func(currency, value string) func(fields) {
		return with("amount", fields{"currency": currency, "value": value})
	}
	for name, c := range map[string]struct {
		token  string
		change func(fields)
		want   string
	}{
		"more than the limit":   {agreed.Token, amount("USD", "2001"), "LIMIT_EXCEEDED"},
		"another currency":      {agreed.Token, amount("EUR", "1"), "LIMIT_EXCEEDED"},
		"money to be held":      {agreed.Token, with("hold", true), "INVALID_REQUEST"},
		"a foreign token":       {"access_0_1_X", amount("USD", "1"), "AGREEMENT_INVALID"},
		"a refresh token":       {agreed.RefreshToken, amount("USD", "1"), "AGREEMENT_INVALID"},
		"an unknown agreement":  {"access_7_1_X", amount("USD", "1"), "AGREEMENT_INVALID"},
		"a token of no meaning": {"x", amount("USD", "1"), "AGREEMENT_INVALID"},
	} {
		if got := s.charge("P-"+name, c.token, c.change).Code; got != c.want {
			t.Errorf("%s: got %q, want %s", name, got, c.want)
		}
	}
	if got := s.charge("LIMIT", agreed.Token, amount("USD", "2000")); got.Status != "PAID" {
		t.Errorf("the limit itself: got %+v, want it paid", got)
	}
	s.clock.Advance(time.Hour)
	if got := s.charge("LATE", agreed.Token).Code; got != "AGREEMENT_INVALID" {
		t.Errorf("a token that is too old: got %q, want AGREEMENT_INVALID", got)
	}
	if n := len(s.Payments()); n != 1 {
		t.Errorf("got %d payments, want the permitted one", n)
	}
}

func TestARenewalRevokesTheOldTokens(t *testing.T) {
	s := newTill(t, func(c *simulator.Config) { c.RefreshLife = 2 * time.Hour })
	old := s.sign("A")
	s.charge("BEFORE", old.Token)
	renewed := s.deal("/v1/agreements/renew", fields{"refreshToken": old.RefreshToken})
	if renewed.Token == "" || renewed.Token == old.Token || renewed.RefreshToken == old.RefreshToken || renewed.CustomerID != old.CustomerID {
		t.Errorf("got %+v, want another pair of the same customer", renewed)
	}
	if got := s.deal("/v1/agreements/renew", fields{"refreshToken": old.RefreshToken}).Code; got != "REFRESH_INVALID" {
		t.Errorf("the old refresh token: got %q, want REFRESH_INVALID", got)
	}
	if got := s.charge("OLD", old.Token).Code; got != "AGREEMENT_INVALID" {
		t.Errorf("the old token: got %q, want AGREEMENT_INVALID", got)
	}
	if got := s.charge("BEFORE", renewed.Token); got.Status != "PAID" {
		t.Errorf("a repeat by the new token: got %+v, want the payment", got)
	}
	s.clock.Advance(2 * time.Hour)
	if got := s.deal("/v1/agreements/renew", fields{"refreshToken": renewed.RefreshToken}).Code; got != "REFRESH_INVALID" {
		t.Errorf("a refresh token that is too old: got %q, want REFRESH_INVALID", got)
	}
}

func TestAnAgreementEndsByAnyTokenItEverHad(t *testing.T) {
	s := newTill(t)
	old := s.sign("A")
	renewed := s.deal("/v1/agreements/renew", fields{"refreshToken": old.RefreshToken})
	for range 2 {
		if got := s.deal("/v1/agreements/end", fields{"token": old.Token}); got.Status != "ENDED" {
			t.Errorf("got %+v, want it ended", got)
		}
	}
	if got := s.deal("/v1/agreements/end", fields{"token": "x"}).Code; got != "AGREEMENT_INVALID" {
		t.Errorf("an unknown token: got %q, want AGREEMENT_INVALID", got)
	}
	if got := s.charge("P", renewed.Token).Code; got != "AGREEMENT_INVALID" {
		t.Errorf("a charge after the end: got %q, want AGREEMENT_INVALID", got)
	}
	if got := s.deal("/v1/agreements/renew", fields{"refreshToken": renewed.RefreshToken}).Code; got != "REFRESH_INVALID" {
		t.Errorf("a renewal after the end: got %q, want REFRESH_INVALID", got)
	}
	if _, err := s.SignAgreement(s.Agreements()[0].SignURL, "alice"); !errors.Is(err, simulator.ErrNoAgreement) {
		t.Errorf("signing after the end: got %v, want %v", err, simulator.ErrNoAgreement)
	}
	if err := s.EndAgreement("A"); err != nil {
		t.Errorf("ending it in the wallet too: got %v, want no error", err)
	}
	if err := s.EndAgreement("B"); !errors.Is(err, simulator.ErrNoAgreement) {
		t.Errorf("ending an unknown one: got %v, want %v", err, simulator.ErrNoAgreement)
	}
}

func TestSigningAndEndingAreNotified(t *testing.T) {
	s := newTill(t)
	s.sign("A")
	if err := s.EndAgreement("A"); err != nil {
		t.Fatal(err)
	}
	s.RunOnce(t.Context())
	reported := s.notices()
	if len(reported) != 2 {
		t.Fatalf("got %d notifications, want 2", len(reported))
	}
	for i, want := range []string{"SIGNED", "ENDED"} {
		got := reported[i]
		if got.Type != "agreement" || !got.signed || got.Agreement.Status != want || got.Agreement.Reference != "A" || got.Sequence != i+1 {
			t.Errorf("got %+v, want a signed notification of %s", got, want)
		}
		if token := got.Agreement.Token + got.Agreement.RefreshToken; token != "" || (got.Agreement.AuthCode != "") != (want == "SIGNED") {
			t.Errorf("%s reports the code %q and tokens %q; want a code when signed, and never a token", want, got.Agreement.AuthCode, token)
		}
	}
}

func TestFaultsMeetCallsAboutAgreements(t *testing.T) {
	s := newTill(t)
	s.Inject(simulator.Rule{Fault: simulator.Refused, Endpoint: "/v1/agreements", Times: 1})
	if got := s.deal("/v1/agreements", terms("A")).Code; got != "RISK_REJECTED" {
		t.Errorf("refused: got %q, want RISK_REJECTED", got)
	}
	prepared := s.deal("/v1/agreements", terms("A"))
	s.Inject(simulator.Rule{Fault: simulator.RefuseRepeat, Times: 1})
	if got := s.deal("/v1/agreements", terms("A")); got.Code == "" || prepared.SignURL == "" {
		t.Errorf("a refused repeat: got %+v, want a refusal", got)
	}
	s.Inject(simulator.Rule{Fault: simulator.UnknownOutcome, Endpoint: "/v1/agreements/sign", Times: 1})
	code, err := s.SignAgreement(prepared.SignURL, "alice")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"UNKNOWN_OUTCOME", "AUTH_CODE_INVALID"} {
		if got := s.deal("/v1/agreements/sign", fields{"code": code}).Code; got != want {
			t.Errorf("got %q, want %s: the call was executed", got, want)
		}
	}
	s.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 1})
	s.RunOnce(t.Context())
	if n := len(s.notices()); n != 0 {
		t.Errorf("got %d notifications, want it lost", n)
	}
}

func TestAChargeLagsAsIfItHadNotBeenMade(t *testing.T) {
	s := newTill(t)
	token := s.sign("A").Token
	s.Inject(simulator.Rule{Fault: simulator.LagQuery})
	s.charge("P", token)
	if got := s.call("/v1/payments/query", fields{"requestId": "P"}).Code; got != "NOT_FOUND" {
		t.Errorf("got %q, want NOT_FOUND", got)
	}
	s.clock.Advance(20 * time.Second)
	if got := s.call("/v1/payments/query", fields{"requestId": "P"}).Status; got != "PAID" {
		t.Errorf("after the lag: got %q, want PAID", got)
	}
}

func TestAgreementsSurviveARestart(t *testing.T) {
	s, restart := journaled(t)
	agreed := s.sign("A")
	open := s.deal("/v1/agreements", terms("B"))
	s.charge("P", agreed.Token)
	code, err := s.SignAgreement(open.SignURL, "bob")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second start reads what the first one has compacted
		before := s.Agreements()
		restart()
		for i, got := range s.Agreements() {
			if got != before[i] {
				t.Errorf("after the restart: got %+v, want %+v", got, before[i])
			}
		}
	}
	if got := s.deal("/v1/agreements/sign", fields{"code": code}); got.Token == "" {
		t.Errorf("a code from before: got %+v, want tokens", got)
	}
	if got := s.charge("P", agreed.Token); got.Status != "PAID" || got.PaymentURL != "" {
		t.Errorf("a repeat: got %+v, want the payment with nothing to do", got)
	}
	if got := s.charge("Q", agreed.Token); got.Status != "PAID" {
		t.Errorf("a charge by a token from before: got %+v, want it paid", got)
	}
	s.RunOnce(t.Context())
	s.deal("/v1/agreements/end", fields{"token": agreed.Token})
	restart()
	received := len(s.notices())
	s.RunOnce(t.Context())
	if reported := s.notices()[received:]; len(reported) != 1 || reported[0].Agreement.Status != "ENDED" {
		t.Errorf("got %+v, want the end reported and nothing again", reported)
	}
	if got := s.charge("R", agreed.Token).Code; got != "AGREEMENT_INVALID" {
		t.Errorf("a charge after the end: got %q, want AGREEMENT_INVALID", got)
	}
}
