package page_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/minitill/minitill/internal/design"
	"github.com/minitill/minitill/wallet/internal/provider/page"
)

const address = "/pay?id=1"

var noon = time.Date(2025, 11, 20, 12, 0, 0, 0, time.UTC)

func texts() page.Texts {
	return page.Texts{
		design.English:           {"title": "Tiny wallet", "decline": "Decline"},
		design.SimplifiedChinese: {"title": "小钱包", "decline": "拒绝"},
		design.Arabic:            {"title": "محفظة", "decline": "رفض"},
	}
}

func config() page.Config {
	return page.Config{
		PublicURL: &url.URL{Scheme: "https", Host: "tiny.example", Path: "/tiny"}, Merchant: "Hill & Son", Accent: "#0b7285",
		FrameAncestors: []string{"https://mini.example"}, Texts: texts(), Now: func() time.Time { return noon },
	}
}

func newShell(t *testing.T, cfg page.Config) *page.Shell {
	t.Helper()
	shell, err := page.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return shell
}

// shows serves one view to every visit.
func shows(view page.View) page.Handler {
	return func(*page.Visit) (page.View, error) { return view, nil }
}

func get(t *testing.T, h page.Handler, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	newShell(t, config()).Serve(w, httptest.NewRequest(http.MethodGet, target, nil), h)
	return w
}

func post(t *testing.T, h page.Handler, target, form string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	newShell(t, config()).Serve(w, r, h)
	return w
}

func wantReads(t *testing.T, w *httptest.ResponseRecorder, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("the page lacks %q:\n%s", text, w.Body)
		}
	}
}

func TestAPageAsksWithEverythingAWalletHas(t *testing.T) {
	w := get(t, shows(page.Ask{
		Status: "OPEN", Amount: page.Amount{Decimal: "12.345678", Currency: "USDT"},
		Notes:   []page.Fact{{Label: "Fee", Amount: page.Amount{Decimal: "0.10", Currency: "USD"}}},
		Facts:   []page.Fact{{Label: "For", Value: "Tea & <cake>"}, {Label: "Address", Value: "TXYZ", Code: true}},
		Expires: noon.Add(61 * time.Minute), QR: "tiny:1", Links: []page.Link{{Label: "Open the app", URL: "tiny://pay?id=1"}},
		Forms: []page.Form{
			{
				Title: "How?",
				Fields: []page.Field{
					{Name: "chain", Label: "Chain", Value: "136", Options: []page.Option{{"1", "Ethereum", "slow"}, {"136", "TRON", ""}}},
					{Name: "tip", Label: "Tip", Value: "0", Unit: "CAD"},
				},
				Buttons: []page.Button{{Value: "pay", Label: "Pay"}, {Name: "step", Value: "switch", Label: "Switch"}},
			},
			{Test: true, Buttons: []page.Button{{Value: "decline", Label: "Decline", Icon: "cross"}}},
		},
	}), address)
	wantReads(t, w, `data-status="OPEN"`, "Pay to</span> <bdi class=\"merchant\">Hill &amp; Son</bdi>", ">H</span>", "12.345678 USDT</data>", "0.10 USD</data>",
		"Tea &amp; &lt;cake&gt;", `dir="ltr" class="code">TXYZ`, ">1:01:00</time>", `datetime="2025-11-20T13:01:00Z"`,
		`class="qr" src="data:image/svg&#43;xml;base64,PHN2Zy`, `alt="QR code for this payment"`, `href="tiny://pay?id=1"`,
		`name="chain" value="1" required>`, `name="chain" value="136" required checked>`, "Ethereum</bdi> <small class=\"soft\">slow",
		`name="tip" value="0">`, "<bdi>CAD</bdi>", `button--wide" name="outcome" value="pay">`, `button--secondary" name="step" value="switch">`,
		"How?", "Other outcomes, for testing", `class="outcome" name="outcome" value="decline"><svg`, "No money moves")
	if strings.Contains(w.Body.String(), "data-message") {
		t.Error("a page with a prompt shows a result")
	}
}

func TestAPageHasNothingBesidesItsContent(t *testing.T) {
	w := get(t, shows(page.Ask{Merchant: "Élan", After: "asks for more"}), address)
	wantReads(t, w, ">É</span>", `<bdi class="merchant">Élan</bdi> <span class="soft">asks for more`)
	for _, absent := range []string{"Pay to", "data-status", "<form", "<img", "<dl", "countdown", "<data"} {
		if strings.Contains(w.Body.String(), absent) {
			t.Errorf("the page has %q", absent)
		}
	}
}

func TestALinkRunsNoScript(t *testing.T) {
	for _, target := range []string{"javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "%zz:"} {
		wantReads(t, get(t, shows(page.Ask{Links: []page.Link{{Label: "Go", URL: target}}}), address), `href="#"`)
	}
}

func TestPagesAreSafe(t *testing.T) {
	w := get(t, shows(page.Ask{ReturnURL: "https://shop.example/back"}), address)
	for header, want := range map[string]string{
		"Content-Security-Policy": "form-action 'self' https://shop.example;", "Cache-Control": "no-store",
		"X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Content-Language": "en",
	} {
		if got := w.Header().Get(header); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q in it", header, got, want)
		}
	}
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'self' https://mini.example"} {
		if got := w.Header().Get("Content-Security-Policy"); !strings.Contains(got, want) {
			t.Errorf("policy %q lacks %q", got, want)
		}
	}
	if body := w.Body.String(); strings.Contains(body, "style=") || strings.Contains(body, "<script>") {
		t.Error("the page has inline style or script, which the policy forbids")
	}
}

func result(v *page.Visit) page.Result {
	r := v.Result("paid")
	r.Status, r.ReturnURL = "PAID", "https://shop.example/back?x=1&y=2"
	r.Amount = page.Amount{Decimal: "1.00", Currency: "USD"}
	r.Message = page.Message{Outcome: "pay", ResultCode: "9000"}
	return r
}

func resultPage(v *page.Visit) (page.View, error) { return result(v), nil }

func TestAResultIsShownAndPosted(t *testing.T) {
	w := get(t, resultPage, address)
	wantReads(t, w, "Payment complete", `data-status="PAID"`, "tone-good", `data-message="minitill:cashier"`, `data-outcome="pay"`, `data-result-code="9000"`,
		`data-target-origin="https://tiny.example"`, `data-target-origins="https://tiny.example https://mini.example"`,
		"1.00 USD</data>", `href="https://shop.example/back?x=1&amp;y=2"`, "Back to the shop")
	if got := w.Header().Get("Content-Security-Policy"); strings.Contains(got, "shop.example") {
		t.Errorf("a page without a form may send one: %s", got)
	}
	wantReads(t, get(t, resultPage, address+"&embed=1"), "You can close this page")
}

func TestADecisionLeadsBackToTheShop(t *testing.T) {
	w := post(t, resultPage, address, "outcome=pay")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "https://shop.example/back?x=1&y=2" {
		t.Errorf("got HTTP %d to %q, want 303 to the return URL as it was given", w.Code, w.Header().Get("Location"))
	}
	framed := post(t, resultPage, address+"&embed=1", "outcome=pay")
	if framed.Code != http.StatusOK {
		t.Errorf("in a frame: got HTTP %d, want 200", framed.Code)
	}
	wantReads(t, framed, "Payment complete", "You can close this page")
}

func TestADecisionThatEndsNothingShowsThePageAgain(t *testing.T) {
	w := post(t, shows(page.Ask{ReturnURL: "https://shop.example"}), address, "outcome=switch")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "?id=1" {
		t.Errorf("got HTTP %d to %q, want 303 to ?id=1, so that a reload posts nothing", w.Code, w.Header().Get("Location"))
	}
}

func TestAHandlerSeesTheVisit(t *testing.T) {
	post(t, func(v *page.Visit) (page.View, error) {
		if v.Query("id") != "1" || !v.Posted() || v.Form("outcome") != "pay" || v.Form("id") != "" || !v.Embed || v.Lang != design.Arabic {
			t.Errorf("got %+v", v)
		}
		return page.Ask{}, nil
	}, address+"&embed=1&lang=ar", "outcome=pay")
	get(t, func(v *page.Visit) (page.View, error) {
		if v.Posted() || v.Form("outcome") != "" || v.Embed {
			t.Errorf("got %+v", v)
		}
		return page.Ask{}, nil
	}, address+"&outcome=pay")
}

func TestWhatIsNoPage(t *testing.T) {
	fails := func(err error) page.Handler {
		return func(*page.Visit) (page.View, error) { return nil, err }
	}
	for name, c := range map[string]struct {
		got  *httptest.ResponseRecorder
		want int
	}{
		"an unknown address":   {get(t, fails(page.ErrNotFound), address), 404},
		"an unknown decision":  {post(t, fails(page.ErrForm), address, "outcome=steal"), 400},
		"a mistake of ours":    {get(t, fails(errors.New("the disk is full")), address), 500},
		"a form that is large": {post(t, resultPage, address, "outcome="+strings.Repeat("a", 5000)), 400},
	} {
		if c.got.Code != c.want {
			t.Errorf("%s: got HTTP %d, want %d", name, c.got.Code, c.want)
		}
		wantReads(t, c.got, "This link does not work", `data-status="UNKNOWN"`)
		if strings.Contains(c.got.Body.String(), "disk") {
			t.Errorf("%s: the page shows our error", name)
		}
	}
	w := httptest.NewRecorder()
	newShell(t, config()).Serve(w, httptest.NewRequest(http.MethodDelete, address, nil), resultPage)
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("DELETE: got HTTP %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestPagesSpeakThreeLanguages(t *testing.T) {
	ask := func(v *page.Visit) (page.View, error) {
		return page.Ask{Forms: []page.Form{{Buttons: []page.Button{{Value: "decline", Label: v.Say("decline")}}}}}, nil
	}
	for lang, reads := range map[string][]string{
		"en": {`lang="en" dir="ltr"`, "Tiny wallet", "Pay to", "Decline"},
		"zh": {`lang="zh-Hans" dir="ltr"`, "小钱包", "收款方", "拒绝"},
		"ar": {`lang="ar" dir="rtl"`, "محفظة", "الدفع إلى", "رفض"},
	} {
		wantReads(t, get(t, ask, address+"&lang="+lang), reads...)
	}
}

func TestATextMissingInOneLanguageIsRefused(t *testing.T) {
	cfg := config()
	delete(cfg.Texts[design.Arabic], "decline")
	delete(cfg.Texts[design.English], "title")
	_, err := page.New(cfg)
	for _, want := range []string{`"decline" is not there in ar`, `"title" is not there in en`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s in it", err, want)
		}
	}
}

func TestAWalletAddsSectionsAndFiles(t *testing.T) {
	cfg := config()
	cfg.Files = fstest.MapFS{
		"pages/offer.html": {Data: []byte(`<section><h2>{{.Say "decline"}}</h2>{{range .Data}}<p>{{.}}</p>{{end}}</section>`)},
		"assets/tiny.css":  {Data: []byte("p{}")},
		"assets/logo.svg":  {Data: []byte("<svg/>")},
	}
	shell, w := newShell(t, cfg), httptest.NewRecorder()
	shell.Serve(w, httptest.NewRequest(http.MethodGet, address, nil), shows(page.Ask{Sections: []page.Section{{"offer", []string{"a < b"}}}}))
	wantReads(t, w, "<h2>Decline</h2><p>a &lt; b</p>", `href="/tiny/assets/tiny.css?v=`)
	if strings.Contains(w.Body.String(), "logo.svg") {
		t.Error("an image is linked like a stylesheet")
	}
	for _, name := range []string{"tiny.css", "logo.svg", "cashier.css", "cashier.js", "design.css", "money.js"} {
		w := httptest.NewRecorder()
		if shell.ServeAsset(w, httptest.NewRequest(http.MethodGet, "/tiny/assets/"+name, nil)); w.Code != http.StatusOK {
			t.Errorf("%s: got HTTP %d, want 200", name, w.Code)
		}
	}
}

func TestAPageThatCannotBeRenderedIsNotHalfRendered(t *testing.T) {
	var log bytes.Buffer
	cfg := config()
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	for name, view := range map[string]page.View{
		"a section that is not there": page.Ask{Sections: []page.Section{{"nothing", nil}}},
		"an icon that is not there":   page.Ask{Forms: []page.Form{{Test: true, Buttons: []page.Button{{Icon: "nothing"}}}}},
	} {
		w := httptest.NewRecorder()
		newShell(t, cfg).Serve(w, httptest.NewRequest(http.MethodGet, address, nil), shows(view))
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "<html") || !strings.Contains(log.String(), "ask") {
			t.Errorf("%s: got HTTP %d, %s, logged %s", name, w.Code, w.Body, &log)
		}
		log.Reset()
	}
}
