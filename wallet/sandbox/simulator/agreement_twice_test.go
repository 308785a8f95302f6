package simulator_test

import "testing"

func TestOnlyTheLatestCodeOfAnAgreementWorks(t *testing.T) {
	s := newTill(t)
	place := s.deal("/v1/agreements", terms("A")).SignURL
	var codes []string
	for range 2 { // a payer who presses the button twice
		code, err := s.SignAgreement(place, "alice")
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
	}
	if got := s.deal("/v1/agreements/sign", fields{"code": codes[0]}).Code; got != "AUTH_CODE_INVALID" {
		t.Errorf("the first code: got %q, want AUTH_CODE_INVALID", got)
	}
	if got := s.deal("/v1/agreements/sign", fields{"code": codes[1]}); got.Token == "" {
		t.Errorf("the second code: got %+v, want tokens", got)
	}
}

func TestTheEndOfAnAgreementIsNotifiedOnce(t *testing.T) {
	s := newTill(t)
	s.sign("A")
	before := s.Agreements()[0].Waiting
	for range 2 {
		if err := s.EndAgreement("A"); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Agreements()[0].Waiting; got != before+1 {
		t.Errorf("notifications: got %d, want %d", got, before+1)
	}
}
