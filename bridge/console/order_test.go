package console

import (
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

func TestAnOrderIsFoundByWhateverOneHolds(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	b := w.signedIn("ann", "viewer")
	for _, text := range []string{string(o.ID), " " + o.ID.PaymentID(1) + " ", o.ID.RefundID(1), "R-shop", o.Payments[0].WalletPaymentID} {
		b.get("/console/orders?q="+url.QueryEscape(text)).want(200, string(o.ID), "Paid")
	}
	b.get("/console/orders?status=paid&wallet=purse").want(200, string(o.ID))
	b.get("/console/orders?status=failed").want(200, "No order matches")
	for _, bad := range []string{"status=rich", "attention=none", "from=yesterday", "after=ord_1", "q=" + strings.Repeat("x", 300)} {
		b.get("/console/orders?" + bad).want(400)
	}
}

func TestAPageOfOrdersLeadsToTheNext(t *testing.T) {
	w := newWorld(t)
	first := w.order("shop")
	for range pageSize {
		w.order("shop")
	}
	b := w.signedIn("ann", "viewer")
	page := b.get("/console/orders?status=pending&q=").want(200, "Older").lacks(string(first.ID))
	_, rest, _ := strings.Cut(page.Body.String(), `rel="next" href="`)
	next, _, _ := strings.Cut(rest, `"`)
	next = strings.ReplaceAll(next, "&amp;", "&")
	if !strings.Contains(next, "status=pending") {
		t.Errorf("the next page is %s, want the filters in it", next)
	}
	b.get(next).want(200, string(first.ID), "Newest").lacks("Older")
}

func TestFinanceRefundsAPartAndThenTheRest(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	b := w.signedIn("fin", "finance")
	path := "/console/orders/" + string(o.ID)
	page := b.get(path).want(200, "4.50 USD is left")
	b.post(path+"/refund", page.form("amount", "1,20", "reason", "cold")...).want(303)
	page = b.get(path+"?done=refund").want(200, "The refund was sent", "3.30 USD is left", "cold", "by fin")
	b.post(path+"/refund", page.form("amount", "3.31", "reason", "late")...).want(400)
	b.post(path+"/refund", page.form("amount", "", "reason", "late")...).want(400, "Amount is required")
	b.post(path+"/refund", page.form("amount", "3.30", "reason", " ")...).want(400, "Reason is required")
	b.post(path+"/refund", b.get(path).form("amount", "3.30", "reason", "late")...).want(303)
	b.get(path).want(200, "Nothing is left to refund.")
	if got := w.again(o.ID); got.Refunded != 450 || strings.Join(w.purse.calls, ", ") != "refund 1.20, refund 3.30" {
		t.Errorf("got %d refunded, the wallet was called with %v", got.Refunded, w.purse.calls)
	}
	for _, e := range w.audit() {
		if e.Action == "orders.refund" && (e.Operator != "fin" || e.Subject != string(o.ID) || e.App != "shop" || e.Request == "" || e.Reason == "" || e.Outcome == "") {
			t.Errorf("the audit log has %+v", e)
		}
	}
}

func TestAFormThatIsSentTwiceActsOnce(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	b := w.signedIn("fin", "finance")
	path := "/console/orders/" + string(o.ID)
	form := b.get(path).form("amount", "1.00", "reason", "cold")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { b.post(path+"/refund", form...) })
	}
	all.Wait()
	b.post(path+"/refund", form...).want(303)
	if got := w.again(o.ID); got.Refunded != 100 {
		t.Errorf("got %d refunded, want 100", got.Refunded)
	}
	other := append([]string{}, form...)
	other[5] = "2.00"
	b.post(path+"/refund", other...).want(422)
}

func TestTwoOperatorsWhoSeeTheSameOrderDoNotBothAct(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	one, two := w.signedIn("one", "finance"), w.signedIn("two", "finance")
	path := "/console/orders/" + string(o.ID)
	first, second := one.get(path).form("amount", "1.00", "reason", "cold"), two.get(path).form("amount", "1.00", "reason", "cold")
	one.post(path+"/refund", first...).want(303)
	two.post(path+"/refund", second...).want(409, "The order has changed since you read it", "3.50 USD is left")
	if got := w.again(o.ID); got.Refunded != 100 {
		t.Errorf("got %d refunded, want 100", got.Refunded)
	}
	if last := w.audit()[0]; last.Operator != "two" || last.Outcome != "conflict" {
		t.Errorf("the audit log ends with %+v", last)
	}
}

func TestARefusalOfTheWalletIsShownInItsWords(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	w.purse.refuses = true
	b := w.signedIn("fin", "finance")
	path := "/console/orders/" + string(o.ID)
	form := b.get(path).form("amount", "1.00", "reason", "cold")
	for range 2 { // the second is answered from what was kept
		b.post(path+"/refund", form...).want(402, "The wallet refused the refund", "TOO_OLD", "4.50 USD is left")
	}
	if len(w.purse.calls) != 1 {
		t.Errorf("the wallet was called with %v, want once", w.purse.calls)
	}
}

func TestHeldMoneyIsCapturedOrVoided(t *testing.T) {
	for action, want := range map[string]struct {
		form   []string
		status wallet.Status
		call   string
	}{
		"capture": {[]string{"amount", "4.50"}, wallet.Paid, "capture 4.50"},
		"void":    {nil, wallet.Voided, "void"},
	} {
		w := newWorld(t)
		w.purse.status = wallet.Authorized
		o := w.order("shop")
		b := w.signedIn("fin", "finance")
		path := "/console/orders/" + string(o.ID)
		page := b.get(path).want(200, "Nothing was paid.", "Money is held; void it instead.")
		b.post(path+"/"+action, page.form(append(want.form, "reason", "as agreed")...)...).want(303)
		if got := w.again(o.ID); got.Status != want.status || w.purse.calls[0] != want.call {
			t.Errorf("%s: got %s, the wallet was called with %v", action, got.Status, w.purse.calls)
		}
	}
}

func TestAnOpenOrderIsRefreshedAndCanceled(t *testing.T) {
	w := newWorld(t)
	o := w.order("shop")
	b := w.signedIn("fin", "finance")
	path := "/console/orders/" + string(o.ID)
	page := b.get(path).want(200, "No money is held.", "Nothing was paid.")
	b.post(path+"/refresh", page.form()...).want(303)
	b.post(path+"/cancel", b.get(path).form("reason", "sold out")...).want(303)
	if got := w.again(o.ID); got.Status != wallet.Canceled {
		t.Errorf("got %s, want canceled", got.Status)
	}
	b.get(path).want(200, "It is closed already.")
}

// flagged is an order of the shop with money that came after it had ended.
func (w *world) flagged() bridge.Order {
	w.Helper()
	o := w.order("shop")
	_, err := w.store.UpdateOrder(w.Context(), o.ID, func(c *bridge.Change) error {
		c.RaiseOrderAttention(bridge.LatePayment, bridge.FromTime, w.clock.Now())
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return w.again(o.ID)
}

func TestSupportClearsAReasonWithANoteOnly(t *testing.T) {
	w := newWorld(t)
	o := w.flagged()
	b := w.signedIn("sup", "support")
	b.get("/console/attention").want(200, string(o.ID), "Late payment", "Check:", "Do:")
	path := "/console/orders/" + string(o.ID)
	page := b.get(path).want(200, "What it means").lacks(`name="outcome"`)
	b.post(path+"/resolve", page.form("attention", "late_payment", "reason", "x", "outcome", "refunded")...).want(403, "needs the role finance")
	b.post(path+"/resolve", page.form("attention", "late_payment")...).want(400, "Reason is required")
	b.post(path+"/resolve", page.form("attention", "late_payment", "reason", "delivered anyway")...).want(303)
	b.get(path).want(200, "delivered anyway", "By sup").lacks("What it means")
	b.get("/console/attention").want(200, "No order needs attention")
}

func TestEveryReasonIsExplained(t *testing.T) {
	for _, why := range bridge.Attentions {
		if m := meanings[why]; m.What == "" || m.Check == "" || m.Do == "" {
			t.Errorf("%s: got %+v", why, m)
		}
	}
}

func TestPersonalDataAreShownOnRequestAndRecorded(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	b := w.signedIn("sup", "support")
	path := "/console/orders/" + string(o.ID)
	b.get(path).want(200).lacks("payer-7")
	w.signedIn("view", "viewer").get(path).want(200).lacks("payer-7", "/reveal")
	b.post(path+"/reveal").want(200, "payer-7", "As stored")
	if last := w.audit()[0]; last.Action != "personal.see" || last.Operator != "sup" || last.Outcome != "done" {
		t.Errorf("the audit log ends with %+v", last)
	}
}

func TestWhatOthersWroteIsEscaped(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	b := w.signedIn("ann", "finance")
	b.get("/console/orders/" + string(o.ID)).want(200).lacks("<b>coffees</b>")
	b.get("/console/orders?q=" + url.QueryEscape(`"><script>x</script>`)).want(200).lacks("<script>x")
}
