package console

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
)

func TestTheLastHourOfAWalletIsShown(t *testing.T) {
	w := newWorld(t)
	v := &Vitals{Now: w.clock.Now}
	w.console.vitals = v
	w.console.settings = map[string][]Setting{"purse": {{"baseUrl", "https://wallet.example"}, {"key", "set, hidden"}}}
	b := w.signedIn("ann", "viewer")
	b.get("/console/wallets").want(200, "Calls 0", "Errors none", "Last notification none", "https://wallet.example", "set, hidden")
	v.Called("purse", outbound.QueryPayment, outbound.OK, time.Minute)
	w.clock.Advance(2 * time.Hour)
	for i := range 100 {
		v.Called("purse", outbound.QueryPayment, outbound.OK, time.Duration(i+1)*time.Millisecond)
	}
	v.Called("purse", outbound.QueryPayment, outbound.BreakerOpen, 0)
	for range 2 {
		v.Called("purse", outbound.QueryPayment, outbound.Outcome("unknown"), 10*time.Second)
	}
	v.Notified("purse", nil)
	w.clock.Advance(time.Minute)
	v.Notified("purse", fault.New(fault.Unauthenticated, "test", "no"))
	page := w.signedIn("bob", "viewer").get("/console/wallets")
	page.want(200, "Calls 102", "half within 51 ms", "95 of 100 within 96 ms", "Unknown 2 Breaker open 1", "Unauthenticated").lacks("60,000")
	if h := v.health("purse"); !h.Notified.Equal(w.clock.Now().Add(-time.Minute)) || !h.Refused.Equal(w.clock.Now()) {
		t.Errorf("got %+v, want both times", h)
	}
}

func TestOnlyTheLastCallsAreKept(t *testing.T) {
	var v Vitals
	for range 3 * vitalCalls {
		v.Called("purse", outbound.QueryPayment, outbound.OK, time.Second)
	}
	if h := v.health("purse"); h.Calls != vitalCalls || h.Median != time.Second {
		t.Errorf("got %+v", h)
	}
	if h := v.health("other"); h.Calls != 0 {
		t.Errorf("got %+v of a wallet without calls", h)
	}
}

func TestAWalletIsTestedByAPaymentThatDoesNotExist(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("sup", "support")
	b.post("/console/wallets/pouch/probe").want(404)
	if n := len(w.audit()); n != 1 {
		t.Errorf("a wallet of another app is in the audit log: %d entries, want the sign-in", n)
	}
	b.post("/console/wallets/purse/probe").want(303)
	if e := w.audit()[0]; e.Subject != "purse" || e.Outcome != "done" || e.Reason != "test of the wallet" {
		t.Errorf("the audit log has %+v", e)
	}
	b.get("/console/wallets?done=probe").want(200, "accepts our signature")
}
