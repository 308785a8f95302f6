package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// payPath is the address of an order's page as the router sees it.
func (w *world) payPath(o bridge.Order) string {
	w.Helper()
	link, err := w.server.PayURL(o)
	if err != nil {
		w.Fatal(err)
	}
	path, ok := strings.CutPrefix(link, "https://pay.example/till")
	if !ok {
		w.Fatalf("the link is %q", link)
	}
	return path
}

func TestThePaymentPage(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder()
	path := w.payPath(o)
	w.opens(path)
	got := w.send("GET", path, "")
	body := got.Body.String()
	if got.Code != 200 || !strings.Contains(body, "data:image/svg&#43;xml;base64,") && !strings.Contains(body, "data:image/svg+xml;base64,") {
		t.Errorf("got %d without a code: %s", got.Code, body)
	}
	for _, want := range []string{"Tea &amp; Co", "Secret tea", "/till/assets/pages.css", `data-status-url="/till` + path + `/status"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if strings.Contains(body, "payer-ann") {
		t.Error("the page names the payer")
	}
	if w.send("GET", path, ""); len(w.engine.paid) != 1 {
		t.Errorf("viewing the page again requested %d payments", len(w.engine.paid))
	}
	if w.opens(path); len(w.engine.paid) != 1 {
		t.Errorf("opening it again requested %d payments", len(w.engine.paid))
	}
}

// opens presses the page's button that opens a payment, and returns where it leads to.
func (w *world) opens(path string) string {
	w.Helper()
	got := w.send("POST", path, "open=1", "Content-Type", "application/x-www-form-urlencoded")
	if got.Code != 303 {
		w.Fatalf("got %d %s", got.Code, got.Body)
	}
	return got.Header().Get("Location")
}

// TestViewingThePageOpensNoPayment: chats and mail programs load links to preview them.
func TestViewingThePageOpensNoPayment(t *testing.T) {
	w := newWorld(t)
	path := w.payPath(w.engine.newOrder())
	for range 3 {
		got := w.send("GET", path, "")
		if body := got.Body.String(); got.Code != 200 || !strings.Contains(body, `name="open"`) || !strings.Contains(body, "data-open-soon") {
			t.Fatalf("got %d without the button that opens the payment: %s", got.Code, body)
		}
	}
	w.send("GET", path+"/status", "")
	if len(w.engine.paid) != 0 {
		t.Errorf("viewing the page requested %d payments", len(w.engine.paid))
	}
}

// TestAPaymentThatCannotBeOpenedWaitsForThePayer: else the page would call the wallet again
// and again.
func TestAPaymentThatCannotBeOpenedWaitsForThePayer(t *testing.T) {
	w := newWorld(t)
	path := w.payPath(w.engine.newOrder())
	w.engine.fail = fault.New(fault.Unavailable, "test", "Not now.")
	again := w.opens(path)
	if again != "/till"+path+"?tried=1" {
		t.Fatalf("goes to %q", again)
	}
	body := w.send("GET", strings.TrimPrefix(again, "/till"), "").Body.String()
	if !strings.Contains(body, `name="open"`) || strings.Contains(body, "data-open-soon") {
		t.Errorf("the page is %s", body)
	}
}

func TestThePaymentPageTakesAChoice(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder()
	path := w.payPath(o)
	form := func(body string) int {
		got := w.send("POST", path+"?lang=ar", body, "Content-Type", "application/x-www-form-urlencoded")
		if got.Code == 303 && got.Header().Get("Location") != "/till"+path+"?lang=ar" {
			t.Errorf("goes to %q", got.Header().Get("Location"))
		}
		return got.Code
	}
	if got := form("method=card"); got != 303 || w.engine.paid[0].Method != "card" {
		t.Errorf("got %d for %v", got, w.engine.paid)
	}
	if got := form("x=y"); got != 400 {
		t.Errorf("got %d without a method", got)
	}
	w.engine.fail = fault.New(fault.Declined, "test", "Not this one.")
	if got := form("method=other"); got != 303 {
		t.Errorf("got %d", got)
	}
}

func TestPagesForNothing(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder()
	order, _, err := w.tokens.IssueOrder(web.OrderClaims(&o))
	if err != nil {
		t.Fatal(err)
	}
	gone := o
	gone.ID = "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ"
	for name, path := range map[string]string{
		"rubbish": "/pay/x", "an order token": "/pay/" + order, "an order that is gone": w.payPath(gone),
		"no id": "/return/x", "no order": "/return/" + string(gone.ID),
	} {
		t.Run(name, func(t *testing.T) {
			got := w.send("GET", path, "")
			if got.Code != 404 || !strings.HasPrefix(got.Header().Get("Content-Type"), "text/html") || !strings.Contains(got.Body.String(), "/till/assets/") {
				t.Errorf("got %d %v %s", got.Code, got.Header(), got.Body)
			}
		})
	}
	w.problem(w.send("GET", "/pay/x/status", ""), 401, "unauthenticated")
	w.problem(w.send("GET", "/return/x/status", ""), 404, "not_found")
}

func TestTheReturnPage(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.FrameAncestors = []string{"https://app.example"} })
	o := w.engine.newOrder()
	o.Status = wallet.Pending
	w.engine.orders[o.ID] = o
	got := w.send("GET", "/return/"+string(o.ID)+"?status=SUCCESS&result=paid", "")
	body := got.Body.String()
	if got.Code != 200 || !strings.Contains(got.Header().Get("Content-Security-Policy"), "frame-ancestors https://app.example") {
		t.Errorf("got %d %v", got.Code, got.Header())
	}
	if !strings.Contains(body, "12.34") || !strings.Contains(body, `data-state="waiting"`) {
		t.Errorf("the page is %s", body)
	}
	for _, secret := range []string{"payer-ann", "Secret tea", "R-1", "shop.example"} {
		if strings.Contains(body, secret) {
			t.Errorf("the page reveals %q", secret)
		}
	}
	w.engine.settle(o)
	body = w.send("GET", "/return/"+string(o.ID), "").Body.String()
	if !strings.Contains(body, `data-state="paid"`) || !strings.Contains(body, "https://shop.example/thanks") {
		t.Errorf("the page is %s", body)
	}
}

// cookies are those that a browser sends back to a path.
func (w *world) cookies(set *http.Response, path string) []string {
	for _, c := range set.Cookies() {
		if strings.HasPrefix("/till"+path, c.Path) && c.HttpOnly && c.Secure && c.SameSite == http.SameSiteLaxMode && c.Expires.After(time.Now()) {
			return []string{"Cookie", c.Name + "=" + c.Value}
		}
	}
	return nil
}

func TestOnlyABrowserThatHasTheOrdersTokenTakesItsReceiptAlong(t *testing.T) {
	w := newWorld(t)
	o, other := w.engine.newOrder(), w.engine.newOrder()
	back := "/return/" + string(o.ID)
	mine := w.cookies(w.send("GET", w.payPath(o), "").Result(), back+"/status")
	theirs := w.cookies(w.send("GET", w.payPath(other), "").Result(), "/return/"+string(other.ID))
	if mine == nil || theirs == nil {
		t.Fatal("the payment page set no cookie for the return page")
	}
	order, _, err := w.tokens.IssueSession(signing.Session{App: "shop", Payer: "payer-ann"})
	if err != nil {
		t.Fatal(err)
	}
	w.engine.settle(o)
	for name, test := range map[string]struct {
		cookie []string
		want   bool
	}{
		"a caller without a token": {nil, false}, "the payer": {mine, true}, "the payer of another order": {theirs, false},
		"rubbish": {[]string{"Cookie", "minitill_pay=x"}, false}, "a token for another use": {[]string{"Cookie", "minitill_pay=" + order}, false},
		"the payer, beside rubbish": {[]string{"Cookie", "minitill_pay=x; " + mine[1]}, true},
	} {
		page, status := w.send("GET", back, "", test.cookie...).Body.String(), w.send("GET", back+"/status", "", test.cookie...).Body.String()
		for _, shown := range []string{page, status} {
			if got := strings.Contains(shown, "receipt="); got != test.want || !strings.Contains(shown, "https://shop.example/thanks") {
				t.Errorf("%s: has a receipt: %v, want %v: %s", name, got, test.want, shown)
			}
			if strings.Contains(shown, "W-1") {
				t.Errorf("%s: receives the wallet's payment id: %s", name, shown)
			}
		}
	}
}

func TestPageStatus(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder()
	type status struct {
		Order struct {
			Status string
			Paid   wallet.Money
		}
		ContinueURL string
	}
	read := func(path string) (s status) {
		got := w.send("GET", path, "")
		if got.Code != 200 || got.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: got %d %v %s", path, got.Code, got.Header(), got.Body)
		}
		if strings.Contains(got.Body.String(), "payer") || strings.Contains(got.Body.String(), "tea") {
			t.Errorf("the status reveals %s", got.Body)
		}
		if err := json.Unmarshal(got.Body.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	back, hosted := "/return/"+string(o.ID)+"/status", w.payPath(o)+"/status"
	for _, path := range []string{back, hosted} {
		if got := read(path + "?wait=25s&t=1"); got.Order.Status != "created" || got.ContinueURL != "" {
			t.Errorf("%s: got %+v", path, got)
		}
	}
	if len(w.engine.hints) != 1 || len(w.engine.waits) != 2 || w.engine.waits[0] != 25*time.Second {
		t.Errorf("queried the wallet %d times, waited %v", len(w.engine.hints), w.engine.waits)
	}
	w.problem(w.send("GET", back+"?wait=soon", ""), 400, "invalid")
	w.engine.settle(o)
	for _, path := range []string{back, hosted} {
		got := read(path + "?wait=25s")
		if got.Order.Status != "paid" || got.Order.Paid.Minor != 1234 {
			t.Errorf("%s: got %+v", path, got)
		}
		next, err := url.Parse(got.ContinueURL)
		if err != nil || next.Host != "shop.example" || next.Query().Get("from") != "till" || next.Query().Get("order") != string(o.ID) {
			t.Errorf("%s: continues to %q", path, got.ContinueURL)
		}
		if path == back {
			continue // see TestOnlyABrowserThatHasTheOrdersTokenTakesItsReceiptAlong
		}
		if r, err := w.tokens.ParseReceipt(next.Query().Get("receipt")); err != nil || r.Order != string(o.ID) || r.Status != "paid" {
			t.Errorf("%s: the receipt is %+v, %v", path, r, err)
		}
	}
}

func TestPayersAreRedirectedOnlyToConfiguredOrigins(t *testing.T) {
	for name, test := range map[string]struct{ app, order, want string }{
		"the app's":                          {"https://shop.example/a", "", "https://shop.example/a"},
		"the order's, at the app's origin":   {"https://shop.example/a", "https://shop.example/b", "https://shop.example/b"},
		"the order's, at a listed origin":    {"https://shop.example/a", "https://club.example/b", "https://club.example/b"},
		"the order's, in capital letters":    {"https://shop.example/a", "https://SHOP.example/b", "https://SHOP.example/b"},
		"the order's, elsewhere":             {"https://shop.example/a", "https://evil.example/b", "https://shop.example/a"},
		"the order's, by another scheme":     {"https://shop.example/a", "http://shop.example/b", "https://shop.example/a"},
		"the order's, with a name before it": {"https://shop.example/a", "https://shop.example@evil.example", "https://shop.example/a"},
		"a script":                           {"", "javascript:alert(1)", ""},
		"nowhere":                            {"", "", ""},
		"elsewhere, and nothing at home":     {"", "https://evil.example/b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.engine.app.ReturnURL, w.engine.app.ReturnOrigins = test.app, []string{"https://club.example"}
			o := w.engine.newOrder()
			o.ReturnURL = test.order
			w.engine.settle(o)
			var got struct{ ContinueURL string }
			if err := json.Unmarshal(w.send("GET", "/return/"+string(o.ID)+"/status", "").Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if place, _, _ := strings.Cut(got.ContinueURL, "?"); place != test.want {
				t.Errorf("goes to %q, want %q", place, test.want)
			}
		})
	}
}
