package design

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

// FuzzLanguage asks in whatever words a browser may have: the answer is a language of
// ours, and ?lang= counts before the header.
func FuzzLanguage(f *testing.F) {
	for _, accept := range []string{"", "zh-CN,zh;q=0.9,en;q=0.8", "ar-EG;q=NaN, zh;q=0.1", "ar;q=Inf, zh", "*", "zh;q=1;x=2", ";;,,q=", "ZH-hant"} {
		f.Add(accept, "")
	}
	f.Add("zh", "ar")
	f.Add("zh", "xx")
	f.Fuzz(func(t *testing.T, accept, asked string) {
		r := &http.Request{URL: &url.URL{RawQuery: url.Values{"lang": {asked}}.Encode()}, Header: http.Header{"Accept-Language": {accept}}}
		got := LanguageOf(r)
		if !slices.Contains(Languages, got) {
			t.Errorf("%q and %q: got %q", accept, asked, got)
		}
		if wish, ok := speak(asked); ok && got != wish {
			t.Errorf("%q was asked for, got %q", asked, got)
		}
		if q := quality(accept); q < 0 || q > 1 || q != q {
			t.Errorf("%q has the weight %v", accept, q)
		}
	})
}
