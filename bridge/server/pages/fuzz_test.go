package pages

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet"
)

// FuzzLinks draws pages with links, names and queries that wallets, merchants and strangers
// choose: a browser runs none of them, and they add no element.
func FuzzLinks(f *testing.F) {
	for _, target := range []string{
		"https://wallet.example/pay?a=b%2Bc", "superwallet://pay", "javascript:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "JAVASCRIPT:x",
		"data:text/html,x", "\x01javascript:x", "//evil.example", `https://a/"onclick=x`, "https://a/<script>", "javascript&colon;x", "blob:x",
	} {
		f.Add(target, target, target, "lang=ar")
	}
	benign := 0
	for _, link := range []string{"", "https://a.example"} {
		benign = max(benign, elements(rendered(link, "https://b.example", "Shop", "")))
	}
	f.Fuzz(func(t *testing.T, link, onward, title, query string) {
		body := rendered(link, onward, title, query)
		for _, href := range hrefs(body) {
			if runs(href) {
				t.Errorf("a browser runs %q", href)
			}
		}
		if got := elements(body); got > benign {
			t.Errorf("%d elements, want at most %d:\n%s", got, benign, body)
		}
	})
}

func rendered(link, onward, title, query string) string {
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/pay/token", RawQuery: query}, Header: http.Header{}}
	var all strings.Builder
	ready := View{Title: title, Order: order(wallet.Pending), Action: &wallet.Action{Type: wallet.ActionDeeplink, URL: link}}
	paid := View{Title: title, Order: order(wallet.Paid), ContinueURL: onward}
	for _, v := range []View{ready, paid} {
		w := httptest.NewRecorder()
		Payment(w, r, v)
		all.WriteString(w.Body.String())
	}
	return all.String()
}

// elements is how many tags a page has.
func elements(body string) int { return strings.Count(body, "<") }

// hrefs are the values of a page's href attributes, as a browser reads them.
func hrefs(body string) []string {
	var list []string
	for _, part := range strings.Split(body, ` href="`)[1:] {
		value, _, _ := strings.Cut(part, `"`)
		list = append(list, strings.NewReplacer("&amp;", "&", "&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&#43;", "+").Replace(value))
	}
	return list
}

// runs reports whether a browser takes an address for a script or a document of its own. It
// drops blanks around an address, and tabs and line ends within, and ignores case.
func runs(href string) bool {
	plain := strings.ToLower(strings.TrimLeft(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(href), "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f "))
	for _, scheme := range []string{"javascript:", "data:", "vbscript:", "blob:", "file:", "filesystem:", "view-source:", "about:"} {
		if strings.HasPrefix(plain, scheme) {
			return true
		}
	}
	return false
}
