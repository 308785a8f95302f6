package page_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet/internal/provider/page"
)

// Each text that a merchant or a payer can choose, in each place that a page has for it.
func TestTextIsNeverMarkup(t *testing.T) {
	const evil = `"'></script><img src=x onerror=alert(1)>&lt;` // no file of ours has an image named x
	amount := page.Amount{Decimal: evil, Currency: evil}
	facts := []page.Fact{{Label: evil, Value: evil, Amount: amount}, {Label: evil, Value: evil, Code: true}}
	fields := []page.Field{
		{Name: evil, Label: evil, Value: evil, Unit: evil},
		{Name: evil, Label: evil, Options: []page.Option{{Value: evil, Label: evil, Note: evil}}},
	}
	buttons := []page.Button{{Name: evil, Value: evil, Label: evil}}
	for name, view := range map[string]page.View{
		"ask": page.Ask{
			Status: evil, Merchant: evil, Before: evil, After: evil, Amount: amount, Notes: facts, Facts: facts, QR: evil, ReturnURL: evil,
			Links: []page.Link{{Label: evil, URL: "pay:" + evil}, {Label: evil, URL: evil}},
			Forms: []page.Form{{Title: evil, Fields: fields, Buttons: buttons}, {Title: evil, Test: true, Fields: fields, Buttons: buttons}},
		},
		"result": page.Result{
			Status: evil, Tone: evil, Heading: evil, Body: evil, Amount: amount, Facts: facts, ReturnURL: "javascript:alert(1)" + evil,
			Message: page.Message{Type: evil, Outcome: evil, ResultCode: evil, AuthCode: evil},
		},
	} {
		t.Run(name, func(t *testing.T) {
			target := "/pay?" + url.Values{"lang": {evil}, "embed": {evil}}.Encode()
			w := get(t, shows(view), target)
			body := w.Body.String()
			if w.Code != 200 || strings.Contains(body, "<img src=x") || strings.Contains(body, `href="javascript:`) {
				t.Errorf("HTTP %d, got markup:\n%s", w.Code, body)
			}
			if got := w.Header().Get("Content-Security-Policy"); strings.ContainsAny(got, "<>\"") || strings.Count(got, ";") != strings.Count(policyOf(t), ";") {
				t.Errorf("the policy has the text: %q", got)
			}
		})
	}
}

func policyOf(t *testing.T) string {
	return get(t, shows(page.Result{}), address).Header().Get("Content-Security-Policy")
}

// A return URL is in the policy, where ";" would begin another rule and "," another policy.
func TestAReturnURLAddsNothingToThePolicyButItsOrigin(t *testing.T) {
	want := policyOf(t)
	for _, host := range []string{"a;frame-ancestors", "a,b"} {
		w := httptest.NewRecorder()
		newShell(t, config()).Serve(w, httptest.NewRequest("GET", address, nil), shows(page.Ask{ReturnURL: "https://" + host + "/"}))
		if got := w.Header().Get("Content-Security-Policy"); got != want {
			t.Errorf("%s: got %q, want %q", host, got, want)
		}
	}
}
