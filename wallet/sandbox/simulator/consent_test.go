package simulator_test

import (
	"html"
	"net/http"
	"strings"
	"testing"
)

func wantReads(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

func TestThePayerSignsAtThePageOfTheAgreement(t *testing.T) {
	s := newTill(t)
	place := s.deal("/v1/agreements", terms("A")).SignURL
	wantReads(t, s.visit(place).Body.String(), "Sandbox Merchant", "Morning coffee", "At &lt;most&gt; one a day", "20.00",
		`value="agree"`, `value="refuse"`, `lang="en" dir="ltr"`)
	refused := s.choose(place, "refuse").Body.String()
	wantReads(t, refused, "You refused", `data-message="minitill:authorize"`, `data-outcome="refuse"`)
	if status := s.Agreements()[0].Status; status != "PREPARED" {
		t.Errorf("after a refusal the agreement is %s, want PREPARED", status)
	}
	agreed := s.choose(place+"?user=alice", "agree").Body.String()
	wantReads(t, agreed, "You agreed", `data-message="minitill:authorize"`, `data-outcome="agree"`)
	if got := s.deal("/v1/agreements/sign", fields{"code": codeOn(agreed)}); got.Token == "" {
		t.Errorf("the code of the page: got %+v, want tokens", got)
	}
	if got := s.Agreements()[0]; got.User != "alice" || got.Status != "SIGNED" {
		t.Errorf("got %+v, want it signed by alice", got)
	}
}

// codeOn is the code that a page posts to its opener.
func codeOn(page string) string {
	_, rest, _ := strings.Cut(page, `data-auth-code="`)
	code, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(code)
}

func TestThePayerEndsAnAgreementAtItsPage(t *testing.T) {
	s := newTill(t)
	token := s.sign("A").Token
	place := s.Agreements()[0].SignURL
	wantReads(t, s.visit(place).Body.String(), "may charge this wallet", `value="end"`, `value="agree"`)
	wantReads(t, s.choose(place, "end").Body.String(), "The agreement has ended", `data-outcome="end"`)
	wantReads(t, s.visit(place).Body.String(), "The agreement has ended")
	wantReads(t, s.choose(place, "agree").Body.String(), "The agreement has ended")
	if got := s.charge("P", token).Code; got != "AGREEMENT_INVALID" {
		t.Errorf("a charge: got %q, want AGREEMENT_INVALID", got)
	}
}

func TestAddressesOfAgreementsThatDoNotWork(t *testing.T) {
	s := newTill(t)
	place := s.deal("/v1/agreements", terms("A")).SignURL
	for name, address := range map[string]string{
		"another secret":       place[:len(place)-1] + "_",
		"an unknown agreement": publicURL + "/agreements/sign_9_0_X",
		"no secret":            publicURL + "/agreements/",
		"a user too long":      place + "?user=" + strings.Repeat("x", 65),
	} {
		if got := s.visit(address).Code; got != http.StatusNotFound {
			t.Errorf("GET with %s: got HTTP %d, want 404", name, got)
		}
		if got := s.choose(address, "agree").Code; got != http.StatusNotFound {
			t.Errorf("POST with %s: got HTTP %d, want 404", name, got)
		}
	}
	if got := s.choose(place, "steal").Code; got != http.StatusBadRequest {
		t.Errorf("an unknown decision: got HTTP %d, want 400", got)
	}
	if status := s.Agreements()[0].Status; status != "PREPARED" {
		t.Errorf("the agreement is %s, want PREPARED", status)
	}
}

func TestThePageOfAnAgreementSpeaksThePayersLanguage(t *testing.T) {
	s := newTill(t)
	for language, want := range map[string]string{
		"": `lang="en" dir="ltr"`, "zh-CN": `lang="zh-Hans" dir="ltr"`, "ar-IQ": `lang="ar" dir="rtl"`,
	} {
		body := terms("A" + language)
		body["language"] = language
		place := s.deal("/v1/agreements", body).SignURL
		wantReads(t, s.visit(place).Body.String(), want)
		wantReads(t, s.choose(place, "agree").Body.String(), want)
	}
}
