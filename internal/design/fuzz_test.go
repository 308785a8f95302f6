package design

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

// FuzzLanguage requests arbitrary languages: the answer is a language of
// ours, and ?lang= counts before the header.
func FuzzLanguage(f *testing.F) {
	for _, accept := range []string{"", "zh-CN,zh;q=0.9,en;q=0.8", "ar-EG;q=NaN, zh;q=0.1", "ar;q=Inf, zh", "*", "zh;q=1;x=2", ";;,,q=", "ZH-hant"} {
		f.Add(accept, "")
	}
	f.Add("zh", "ar")
	f.Add("zh", "xx")
	f.Fuzz(func(t *testing.T, accept, requested string) {
		r := &http.Request{URL: &url.URL{RawQuery: url.Values{"lang": {requested}}.Encode()}, Header: http.Header{"Accept-Language": {accept}}}
		got := LanguageOf(r)
		if !slices.Contains(Languages, got) {
			t.Errorf("%q and %q: got %q", accept, requested, got)
		}
		if language, ok := supported(requested); ok && got != language {
			t.Errorf("%q was requested, got %q", requested, got)
		}
		if q := quality(accept); q < 0 || q > 1 || q != q {
			t.Errorf("%q has the weight %v", accept, q)
		}
	})
}
