package simulator_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

func TestCashierShowsWhatIsPaid(t *testing.T) {
	s := newTill(t)
	page := s.visit(s.create("A").PaymentURL)
	for _, want := range []string{
		"Sandbox Merchant", "12.34 USD", "Tea &amp; &lt;b&gt;cake&lt;/b&gt;", "15:00", `lang="en" dir="ltr"`,
		`value="pay"`, `value="decline"`, `value="leave"`, `value="later"`, `method="post"`,
	} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("the page lacks %q:\n%s", want, page.Body)
		}
	}
}

func TestCashierIsSafe(t *testing.T) {
	s := newTill(t, func(c *simulator.Config) { c.FrameAncestors = []string{"https://mini.example"} })
	page := s.visit(s.create("A").PaymentURL)
	policy := page.Header().Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'", "script-src 'self'", "frame-ancestors 'self' https://mini.example",
		"form-action 'self' https://shop.example", // or browsers stop the redirect that follows the form
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
	} {
		if got := page.Header().Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if strings.Contains(page.Body.String(), "style=") || strings.Contains(page.Body.String(), "<script>") {
		t.Error("the page has inline style or script, which the policy forbids")
	}
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct{ outcome, status, code, reported string }{
		{"pay", "PAID", "9000", "PAID"},
		{"decline", "FAILED", "4000", "FAILED"},
		{"leave", "PENDING", "6001", ""},
		{"later", "PROCESSING", "8000", ""},
	} {
		t.Run(c.outcome+" redirects to the shop", func(t *testing.T) {
			s := newTill(t)
			answer := s.choose(s.create("A").PaymentURL, c.outcome)
			if answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != returnURL {
				t.Errorf("got HTTP %d to %q, want 303 to %s", answer.Code, answer.Header().Get("Location"), returnURL)
			}
			s.wantStatus("A", c.status)
			s.RunOnce(t.Context())
			s.wantReported(c.reported)
		})
		t.Run(c.outcome+" without a return URL shows the result", func(t *testing.T) {
			s := newTill(t)
			wantResult(t, s.choose(s.create("A", with("returnUrl", "")).PaymentURL, c.outcome).Body.String(), c.outcome, c.code)
		})
		t.Run(c.outcome+" embedded shows the result", func(t *testing.T) {
			s := newTill(t)
			answer := s.choose(s.create("A").PaymentURL+"&embed=1", c.outcome)
			if answer.Code != http.StatusOK {
				t.Errorf("got HTTP %d, want 200", answer.Code)
			}
			wantResult(t, answer.Body.String(), c.outcome, c.code)
		})
	}
}

func wantResult(t *testing.T, page, outcome, code string) {
	t.Helper()
	for _, want := range []string{
		`data-outcome="` + outcome + `"`, `data-result-code="` + code + `"`, `data-target-origin="https://wallet.example"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the result lacks %s:\n%s", want, page)
		}
	}
}

func TestPaymentLinksThatDoNotWork(t *testing.T) {
	s := newTill(t)
	good := s.create("A").PaymentURL
	other := s.create("B").PaymentURL
	_, otherToken, _ := strings.Cut(other, "?")
	goodPath, _, _ := strings.Cut(good, "?")
	for name, address := range map[string]string{
		"no token":                goodPath,
		"another payment's token": goodPath + "?" + otherToken,
		"a plus decoded twice":    strings.ReplaceAll(good, "%2B", "+"),
		"cut at 255":              good[:255],
		"an unknown payment":      publicURL + "/cashier/sp_0000000099?" + otherToken,
		"no id":                   publicURL + "/cashier/x?" + otherToken,
	} {
		if got := s.visit(address).Code; got != http.StatusNotFound {
			t.Errorf("GET with %s: got HTTP %d, want 404", name, got)
		}
		if got := s.choose(address, "pay").Code; got != http.StatusNotFound {
			t.Errorf("POST with %s: got HTTP %d, want 404", name, got)
		}
	}
	if got := s.choose(good, "steal").Code; got != http.StatusBadRequest {
		t.Errorf("an unknown outcome: got HTTP %d, want 400", got)
	}
	s.wantStatus("A", "PENDING")
	if len(good) <= 255 {
		t.Errorf("the URL has %d characters, want more than 255", len(good))
	}
}

func TestLanguages(t *testing.T) {
	s := newTill(t)
	address := s.create("A").PaymentURL
	for _, c := range []struct{ name, query, accept, want string }{
		{"Chinese by the browser", "", "zh-CN,zh;q=0.9,en;q=0.8", `lang="zh-Hans" dir="ltr"`},
		{"Arabic by the browser", "", "ar-IQ", `lang="ar" dir="rtl"`},
		{"the query wins", "&lang=ar", "zh-CN", `lang="ar" dir="rtl"`},
		{"the next best", "", "tlh, ar;q=0.5", `lang="ar" dir="rtl"`},
		{"English else", "&lang=tlh", "", `lang="en" dir="ltr"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if page := s.visit(address+c.query, "Accept-Language", c.accept).Body.String(); !strings.Contains(page, c.want) {
				t.Errorf("the page lacks %s", c.want)
			}
		})
	}
}

func TestAPaymentAtItsLastMomentIsPaidOrExpiredNeverBoth(t *testing.T) {
	s := newTill(t)
	first, second := s.create("A").PaymentURL, s.create("B").PaymentURL
	s.clock.Advance(15*time.Minute - time.Millisecond)
	s.choose(first, "pay")
	s.clock.Advance(time.Millisecond)
	wantResult(t, s.choose(second+"&embed=1", "pay").Body.String(), "decline", "4000")
	s.wantStatus("A", "PAID")
	s.wantStatus("B", "EXPIRED")
}

func TestLaterCompletesByItself(t *testing.T) {
	s := newTill(t)
	s.choose(s.create("A").PaymentURL, "later")
	s.clock.Advance(4 * time.Second)
	s.RunOnce(t.Context())
	s.wantStatus("A", "PROCESSING")
	s.clock.Advance(time.Second)
	s.RunOnce(t.Context())
	s.wantStatus("A", "PAID")
	s.wantReported("PAID")
}

func TestDecidingTwiceCountsOnce(t *testing.T) {
	s := newTill(t)
	address := s.create("A").PaymentURL
	s.choose(address, "pay")
	wantResult(t, s.choose(address+"&embed=1", "decline").Body.String(), "pay", "9000")
	s.wantStatus("A", "PAID")
}

func TestPayingCancelingAndExpiringAtOnceAgree(t *testing.T) {
	s := newTill(t)
	for i := range 50 {
		p := s.create(name(i), with("expiresAt", s.clock.Now().Add(time.Second).UnixMilli()))
		var all sync.WaitGroup
		all.Go(func() { s.choose(p.PaymentURL, "pay") })
		all.Go(func() { s.call("/v1/payments/cancel", fields{"requestId": p.RequestID}) })
		all.Go(func() { s.clock.Advance(time.Second) })
		all.Wait()
		s.RunOnce(context.Background())
	}
	if reported, payments := len(s.notices()), len(s.Payments()); reported != payments {
		t.Errorf("got %d notifications for %d payments, want one end each", reported, payments)
	}
	for _, p := range s.Payments() {
		if paid := p.Captured.Positive(); paid != (p.Status == "PAID") || p.Status == "PENDING" {
			t.Errorf("%s is %s with %s captured", p.RequestID, p.Status, p.Captured)
		}
	}
}

func TestAssets(t *testing.T) {
	s := newTill(t)
	for name, contentType := range map[string]string{
		"cashier.css": "text/css; charset=utf-8", "cashier.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		got := s.visit(publicURL + "/assets/" + name)
		if got.Code != http.StatusOK || got.Header().Get("Content-Type") != contentType {
			t.Errorf("%s: got HTTP %d %s", name, got.Code, got.Header().Get("Content-Type"))
		}
	}
	if got := s.visit(publicURL + "/assets/none.css").Code; got != http.StatusNotFound {
		t.Errorf("a missing file: got HTTP %d, want 404", got)
	}
}
