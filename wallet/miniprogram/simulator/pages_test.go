package simulator_test

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// exhibits are all states of all pages: their addresses and what an English reader reads.
func exhibits(s *till) map[string]struct{ address, reads string } {
	s.Helper()
	shown := make(map[string]struct{ address, reads string })
	show := func(name, address, reads string) { shown[name] = struct{ address, reads string }{address, reads} }
	show("ready", paymentURL(s.open("READY")), "Pay now")
	show("hold", paymentURL(s.open("HOLD", hold)), "Authorize")
	for outcome, reads := range map[string]string{
		"pay": "Payment complete", "decline": "Insufficient balance", "later": "Payment is being processed",
	} {
		show(outcome, paymentURL(s.open(outcome)), reads)
		s.settle(outcome, outcome)
	}
	show("held", paymentURL(s.open("HELD", hold)), "Payment authorized")
	s.settle("HELD", "pay")
	show("canceled", paymentURL(s.open("CANCELED")), "Payment canceled")
	s.call("payments/cancel", fields{"paymentRequestId": "CANCELED"})
	show("voided", paymentURL(s.open("VOIDED", hold)), "Payment released")
	s.settle("VOIDED", "pay")
	s.void(fields{"paymentRequestId": "VOIDED", "voidRequestId": "V"})
	show("unknown", publicURL+"/cashier?bizNo=1&sign=x", "This link does not work")
	show("consent", publicURL+"/authorize?scopes=auth_user,USER_NAME", "asks for your consent")
	contract := fields{"scopes": "AGREEMENT_PAY", "extendInfo": `{"contractTitle":"Coffee"}`}
	show("contract", s.call("authorizations/prepare", contract).text("authUrl"), "Agree and sign")
	return shown
}

func TestEveryPageIsRenderedInEveryStateAndLanguage(t *testing.T) {
	s := newTill(t, "superqi", func(c *simulator.Config) { c.Merchant = "Hill Street Coffee" })
	for name, exhibit := range exhibits(s) {
		t.Run(name, func(t *testing.T) {
			for _, language := range []string{"en", "zh", "ar"} {
				page := s.visit(exhibit.address + "&lang=" + language).Body.String()
				wantReads(t, page, `<html lang="`+language, "</html>")
				if reads := strings.Contains(page, exhibit.reads); reads != (language == "en") {
					t.Errorf("%s: reads %q is %v", language, exhibit.reads, reads)
				}
			}
		})
	}
}
