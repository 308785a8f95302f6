package simulator_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// visit opens a page.
func (s *till) visit(address string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// submit posts a page's form.
func (s *till) submit(address, name, value string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(url.Values{name: {value}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func (s *till) choose(address, outcome string) *httptest.ResponseRecorder {
	return s.submit(address, "outcome", outcome)
}

func wantReads(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %q:\n%s", text, page)
		}
	}
}

func TestCashierShowsWhatIsPaid(t *testing.T) {
	s := newTill(t, "generic-v2", func(c *simulator.Config) { c.Merchant = "Hill & Son" })
	page := s.visit(paymentURL(s.open("A"))).Body.String()
	wantReads(t, page, "Hill &amp; Son", "12.34 USD", "Tea &amp; &lt;b&gt;cake&lt;/b&gt;", "ord_A", `>08:59<`, `lang="en" dir="ltr"`,
		"No money moves", `value="pay"`, `value="decline"`, `value="cancel"`, `value="leave"`, `value="later"`, `method="post"`)
	held := s.visit(paymentURL(s.open("B", hold))).Body.String()
	wantReads(t, held, "Authorize", "held now and taken later")
}

func TestPagesAreSafe(t *testing.T) {
	s := newTill(t, "generic-v2", func(c *simulator.Config) { c.FrameAncestors = []string{"https://mini.example"} })
	for _, address := range []string{paymentURL(s.open("A")), publicURL + "/authorize?scopes=auth_user"} {
		page := s.visit(address)
		policy := page.Header().Get("Content-Security-Policy")
		wantReads(t, policy, "default-src 'none'", "script-src 'self'", "frame-ancestors 'self' https://mini.example")
		want(t, "Cache-Control", page.Header().Get("Cache-Control"), "no-store")
		want(t, "X-Robots-Tag", page.Header().Get("X-Robots-Tag"), "noindex, nofollow")
		if body := page.Body.String(); strings.Contains(body, "style=") || strings.Contains(body, "<script>") {
			t.Error("the page has inline style or script, which the policy forbids")
		}
	}
	policy := s.visit(s.PaymentURL("A")).Header().Get("Content-Security-Policy")
	wantReads(t, policy, "form-action 'self' https://shop.example") // or browsers stop the redirect that follows the form
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct{ outcome, status, code string }{
		{"pay", "PAID", "9000"},
		{"decline", "FAILED", "4000"},
		{"cancel", "PENDING", "6001"},
		{"leave", "PENDING", "6004"},
		{"later", "PROCESSING", "8000"},
	} {
		for name, embed := range map[string]string{"in a browser": "", "in a frame": "&embed=1"} {
			t.Run(c.outcome+" "+name, func(t *testing.T) {
				s := newTill(t, "generic-v2")
				answer := s.choose(paymentURL(s.open("A"))+embed, c.outcome)
				want(t, "status", s.Books("A").Status, c.status)
				if embed == "" {
					want(t, "Location", answer.Header().Get("Location"), returnURL)
					return
				}
				wantReads(t, answer.Body.String(), `data-message="minitill:cashier"`, `data-outcome="`+c.outcome+`"`,
					`data-result-code="`+c.code+`"`, `data-target-origins="https://wallet.example"`)
			})
		}
	}
}

func TestWithoutAReturnURLTheResultIsShown(t *testing.T) {
	s := newTill(t, "generic-v2")
	address := paymentURL(s.open("A", with("paymentRedirectUrl", nil)))
	wantReads(t, s.choose(address, "pay").Body.String(), "Payment complete", "You can close this page")
	wantReads(t, s.visit(address).Body.String(), "Payment complete", `data-result-code="9000"`)
}

func TestADecisionThatComesTooLateChangesNothing(t *testing.T) {
	s := newTill(t, "generic-v2")
	address := paymentURL(s.open("A")) + "&embed=1"
	s.choose(address, "pay")
	wantReads(t, s.choose(address, "decline").Body.String(), `data-result-code="9000"`)
	late := paymentURL(s.open("B")) + "&embed=1"
	s.clock.Advance(9 * time.Minute)
	wantReads(t, s.choose(late, "pay").Body.String(), "Payment expired", `data-result-code="4000"`)
	s.wantBooks("B", "EXPIRED", 0, 0)
}

func TestLinksThatDoNotWork(t *testing.T) {
	s := newTill(t, "generic-v2")
	good, other := paymentURL(s.open("A")), paymentURL(s.open("B"))
	_, otherSign, _ := strings.Cut(other, "sign=")
	base, _, _ := strings.Cut(good, "sign=")
	for name, address := range map[string]string{
		"no sign":                strings.TrimSuffix(base, "&"),
		"another payment's sign": base + "sign=" + otherSign,
		"a plus decoded twice":   strings.ReplaceAll(good, "%2B", "+"),
		"cut at 255":             good[:255],
		"no payment":             publicURL + "/cashier",
		"no contract":            publicURL + "/authorize?authId=1&sign=x",
		"nothing requested":      publicURL + "/authorize?scopes=",
		"the right to charge":    publicURL + "/authorize?scopes=AGREEMENT_PAY",
	} {
		page := s.visit(address)
		if page.Code != http.StatusNotFound {
			t.Errorf("GET with %s: got HTTP %d, want 404", name, page.Code)
		}
		wantReads(t, page.Body.String(), "does not work")
		if got := s.choose(address, "pay").Code; got != http.StatusNotFound {
			t.Errorf("POST with %s: got HTTP %d, want 404", name, got)
		}
	}
	if got := s.choose(good, "steal").Code; got != http.StatusBadRequest {
		t.Errorf("an unknown outcome: got HTTP %d, want 400", got)
	}
	s.wantBooks("A", "PENDING", 0, 0)
}

func TestPagesSpeakThreeLanguages(t *testing.T) {
	s := newTill(t, "generic-v2")
	address := paymentURL(s.open("A"))
	for _, c := range []struct{ query, accept, language, text string }{
		{"", "zh-CN,zh;q=0.9,en;q=0.8", `lang="zh-Hans" dir="ltr"`, "立即支付"},
		{"", "ar-IQ", `lang="ar" dir="rtl"`, "ادفع الآن"},
		{"&lang=ar", "zh-CN", `lang="ar" dir="rtl"`, "ادفع الآن"},
		{"", "", `lang="en" dir="ltr"`, "Pay now"},
	} {
		wantReads(t, s.visit(address+c.query, "Accept-Language", c.accept).Body.String(), c.language, c.text)
	}
}

func TestConsent(t *testing.T) {
	s := newTill(t, "generic-v2")
	address := publicURL + "/authorize?scopes=auth_user,USER_NAME&user=ann"
	wantReads(t, s.visit(address).Body.String(), "asks for your consent", "auth_user", "USER_NAME", `value="agree"`, `value="refuse"`)
	agreed := s.submit(address, "consent", "agree").Body.String()
	wantReads(t, agreed, `data-message="minitill:authorize"`, `data-outcome="agree"`)
	got := s.token("AUTHORIZATION_CODE", "authCode", codeIn(agreed))
	want(t, "exchange", got.word(), "S/SUCCESS")
	want(t, "customer", got.text("customerId"), s.token("AUTHORIZATION_CODE", "authCode", s.AuthCode("ann")).text("customerId"))
	wantReads(t, s.submit(address, "consent", "refuse").Body.String(), `data-outcome="refuse"`, `data-auth-code=""`, `data-result-code="6001"`)
	if got := s.submit(address, "consent", "steal").Code; got != http.StatusBadRequest {
		t.Errorf("another answer: got HTTP %d, want 400", got)
	}
}

func codeIn(page string) string {
	_, rest, _ := strings.Cut(page, `data-auth-code="`)
	code, _, _ := strings.Cut(rest, `"`)
	return code
}

func TestAContractIsSignedOnItsPage(t *testing.T) {
	s := newTill(t, "superqi")
	prepared := s.call("authorizations/prepare", fields{
		"scopes": "AGREEMENT_PAY", "extendInfo": `{"contractTitle":"Coffee <3","contractDesc":"Every morning"}`,
	})
	address := prepared.text("authUrl")
	wantReads(t, s.visit(address).Body.String(), "Coffee &lt;3", "Every morning", "may charge this wallet")
	code := codeIn(s.submit(address, "consent", "agree").Body.String())
	token := s.token("AUTHORIZATION_CODE", "authCode", code).text("accessToken")
	body := change(change(s.paying("A"), "productCode", "51051000101000100031"), "paymentAuthCode", token)
	want(t, "pay", s.call("payments/pay", body).word(), "S/SUCCESS")
}

func TestACodeIsMintedForABrowser(t *testing.T) {
	s := newTill(t, "generic-v2")
	wantReads(t, s.visit(publicURL+"/authcode?user=ann").Body.String(), `"authCode":"`)
	if got := s.visit(publicURL + "/authcode").Code; got != http.StatusBadRequest {
		t.Errorf("without a user: got HTTP %d, want 400", got)
	}
}

func TestAssets(t *testing.T) {
	s := newTill(t, "generic-v2")
	for name, contentType := range map[string]string{
		"design.css": "text/css; charset=utf-8", "cashier.css": "text/css; charset=utf-8", "cashier.js": "text/javascript; charset=utf-8",
	} {
		got := s.visit(publicURL + "/assets/" + name)
		if got.Code != http.StatusOK || got.Header().Get("Content-Type") != contentType {
			t.Errorf("%s: got HTTP %d %s", name, got.Code, got.Header().Get("Content-Type"))
		}
	}
}

func TestPayingCancelingAndExpiringAtOnceAgree(t *testing.T) {
	s := newTill(t, "superqi")
	for _, id := range []string{"A", "B", "C", "D", "E", "F", "G", "H"} {
		address := paymentURL(s.open(id, with("paymentExpiryTime", s.clock.Now().Add(time.Second).Format(time.RFC3339Nano))))
		cancel := s.request("/v1/payments/cancel", fields{"paymentRequestId": id})
		var all sync.WaitGroup
		all.Go(func() { s.choose(address, "pay") })
		all.Go(func() { s.ServeHTTP(httptest.NewRecorder(), cancel) })
		all.Go(func() { s.clock.Advance(time.Second) })
		all.Go(func() { s.RunOnce(t.Context()) })
		all.Wait()
		s.RunOnce(t.Context())
		books := s.Books(id)
		if paid := books.Captured.Positive(); paid != (books.Status == "PAID") || books.Status == "PENDING" {
			t.Errorf("%s is %s with %s captured", id, books.Status, books.Captured)
		}
	}
}
