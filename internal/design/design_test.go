package design

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(t *testing.T, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w
}

func TestAssetsAreServedUnderAnyPrefix(t *testing.T) {
	for _, target := range []string{"/design.css", "/assets/design.css", "/a/b/assets/design.css"} {
		w := get(t, target)
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
			t.Errorf("%s: got %d %s", target, w.Code, w.Header().Get("Content-Type"))
		}
	}
	if w := get(t, "/assets/nothing.css"); w.Code != 404 {
		t.Errorf("a file that is not there: got %d, want 404", w.Code)
	}
}

func TestAssetsAreKeptByTheirHash(t *testing.T) {
	w := get(t, own.URL("/", "design.css"))
	if !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("by hash: got Cache-Control %q", w.Header().Get("Cache-Control"))
	}
	w = get(t, "/design.css")
	if got := w.Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("by name: got Cache-Control %q, want no-cache", got)
	}
	if w = get(t, "/design.css", "If-None-Match", w.Header().Get("ETag")); w.Code != 304 {
		t.Errorf("known content: got %d, want 304", w.Code)
	}
}

func TestAccentTakesSixHexDigitsOnly(t *testing.T) {
	for _, c := range []string{"", "fff", "0b6bcg", "#0b6bcb", "0b6bcb;}body{", "+b6bcb", "0b6bcb0"} {
		if w := get(t, "/accent.css?c="+strings.NewReplacer("#", "%23", ";", "%3B", "+", "%2B").Replace(c)); w.Code != 404 {
			t.Errorf("%q: got %d, want 404", c, w.Code)
		}
	}
	if w := get(t, "/accent.css?c=0b6bcb"); w.Code != 200 || !strings.Contains(w.Body.String(), "--accent:#0b6bcb") {
		t.Errorf("0b6bcb: got %d %s", w.Code, w.Body)
	}
}

func TestStylesheetHoldsTheDefaultAccent(t *testing.T) {
	c, _ := parseColour(DefaultAccent)
	css := string(own.byName["design.css"].data)
	for _, line := range strings.FieldsFunc(accentCSS(c), func(r rune) bool { return strings.ContainsRune("{};\n", r) }) {
		if name, value, ok := strings.Cut(line, ":#"); ok && !strings.Contains(css, name+": #"+value+";") {
			t.Errorf("design.css lacks %s: #%s", name, value)
		}
	}
}

func TestEveryAccentCanBeRead(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		c := rgb(random.Uint32N(1 << 24))
		for _, scheme := range []struct {
			grounds []colour
			extreme colour
		}{{lightGrounds, rgb(0)}, {darkGrounds, rgb(0xffffff)}} {
			fill, on := c.until(scheme.extreme, shapeContrast, scheme.grounds...).withText()
			if got := fill.contrast(on); got < textContrast {
				t.Errorf("%s: text on a button has %.2f", c, got)
			}
			ink := c.until(scheme.extreme, textContrast, scheme.grounds...)
			if got := ink.contrast(scheme.grounds[0]); got < textContrast {
				t.Errorf("%s: a link has %.2f", c, got)
			}
		}
	}
}

func TestLanguageIsTheFirstWeSpeak(t *testing.T) {
	for _, c := range []struct {
		name, target, accept string
		want                 Language
	}{
		{"no language is requested", "/", "", English},
		{"a language we lack", "/", "fr-FR, de;q=0.8", English},
		{"the better of two", "/", "en;q=0.5, ar-EG;q=0.9", Arabic},
		{"the first of two alike", "/", "zh-CN, en", SimplifiedChinese},
		{"Hong Kong reads Chinese", "/", "zh-HK", SimplifiedChinese},
		{"the query counts more", "/?lang=ar", "zh-CN", Arabic},
		{"a query we lack does not count", "/?lang=xx", "zh-CN", SimplifiedChinese},
		{"refused with weight zero", "/", "ar;q=0", English},
	} {
		r := httptest.NewRequest("GET", c.target, nil)
		r.Header.Set("Accept-Language", c.accept)
		if got := LanguageOf(r); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestPolicyKeepsOnlySources(t *testing.T) {
	h := http.Header{}
	Policy{FormAction: []string{"'self'"}, FrameAncestors: []string{"https://shop.example", "x; script-src *"}}.Write(h)
	got := h.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "form-action 'self'", "frame-src 'none'", "frame-ancestors https://shop.example;"} {
		if !strings.Contains(got, want) {
			t.Errorf("policy %q lacks %q", got, want)
		}
	}
	if strings.Contains(got, "*") {
		t.Errorf("policy %q lets a source end its directive", got)
	}
}
