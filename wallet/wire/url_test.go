package wire_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet/wire"
)

func TestURLsThatABrowserCanOpen(t *testing.T) {
	for s, want := range map[string]bool{
		"https://pay.example/w/1?token=v1%2Bx#a":  true,
		"http://127.0.0.1:8080":                   true,
		"https://pay.example?to=a@b":              true,
		"https://pay.example/@shop":               true,
		"":                                        false,
		"https://":                                false,
		"https:///path":                           false,
		"https://?x":                              false,
		"https://:443/w/1":                        false,
		"/w/1":                                    false,
		"//pay.example/":                          false,
		"ftp://pay.example/":                      false,
		"javascript:alert(1)//https://x":          false,
		"HTTPS://pay.example/":                    false,
		"https://user@pay.example/":               false,
		"https://good.example:x@pay.example/":     false,
		`https://good.example\@pay.example/`:      true, // a browser opens good.example
		"https://pay.example/a b":                 false,
		"https://pay.example/\n":                  false,
		"https://pay.example/\x7f":                false,
		"https://p/" + strings.Repeat("x", 16374): true,
		"https://p/" + strings.Repeat("x", 16375): false,
	} {
		if got := wire.WebURL(s); got != want {
			t.Errorf("%.60q: got %v, want %v", s, got, want)
		}
	}
}

func TestBaseURLs(t *testing.T) {
	for s, want := range map[string]wire.Base{
		"https://wallet.example":                    {Host: "https://wallet.example"},
		"https://wallet.example/":                   {Host: "https://wallet.example"},
		"http://127.0.0.1:8080/sandbox":             {Host: "http://127.0.0.1:8080", Path: "/sandbox"},
		"https://api.wallet.example:443/api/mer/":   {Host: "https://api.wallet.example:443", Path: "/api/mer"},
		"https://[::1]:8080/a":                      {Host: "https://[::1]:8080", Path: "/a"},
		"":                                          {},
		"wallet.example":                            {},
		"//wallet.example":                          {},
		"ftp://wallet.example":                      {},
		"https://":                                  {},
		"https:///path":                             {},
		"https://a:b@wallet.example":                {},
		"https://a@wallet.example":                  {},
		"https://wallet.example?x=1":                {},
		"https://wallet.example/?":                  {},
		"https://wallet.example/#":                  {},
		"https://wallet.example/#a":                 {},
		"https://wallet.example/a%20b":              {},
		"https://wallet.example/%61":                {},
		"https://wallet.example/a b":                {},
		"https://wallet.example/é":                  {},
		`https://wallet.example/a\b`:                {},
		"https://wallet.example//":                  {},
		"https://wallet.example/a//b":               {},
		"https://wallet.example/a/../b":             {},
		"https://wallet.example/a/..":               {},
		"https://wallet.example/./a":                {},
		"https://wallet.example:":                   {},
		"https://wallet.example:0":                  {},
		"https://wallet.example:65536/a":            {},
		"https://:443/a":                            {},
		"https://wallet.example/a\r\nHost: example": {},
	} {
		got, ok := wire.ParseBase(s, false)
		if got != want || ok != (want != wire.Base{}) {
			t.Errorf("%q: got %+v and %v, want %+v", s, got, ok, want)
		}
	}
	base := wire.Base{Host: "https://wallet.example", Path: "/api"}
	if got := base.URL("/pay?x=1"); got != "https://wallet.example/api/pay?x=1" {
		t.Errorf("got %s", got)
	}
}

func TestProvidersAreCalledWithoutTLSOnlyOnLoopbackOrWhereConfigured(t *testing.T) {
	for s, want := range map[string]struct{ usual, insecure bool }{
		"https://wallet.example": {true, true}, "http://wallet.example": {false, true}, "http://10.0.0.1:8080": {false, true}, "HTTP://wallet.example": {false, true},
		"http://127.0.0.1:8080": {true, true}, "http://127.9.9.9": {true, true}, "http://[::1]:8080/a": {true, true}, "http://[::ffff:127.0.0.1]": {true, true},
		"http://localhost:8080": {true, true}, "http://LOCALHOST": {true, true}, "http://localhost.evil.example": {false, true}, "http://127.0.0.1.evil.example": {false, true},
		"http://0.0.0.0": {false, true}, "http://169.254.169.254": {false, true}, "ftp://127.0.0.1": {},
	} {
		_, usual := wire.ParseBase(s, false)
		_, insecure := wire.ParseBase(s, true)
		if usual != want.usual || insecure != want.insecure {
			t.Errorf("%q: got %v, and %v where insecure, want %v", s, usual, insecure, want)
		}
	}
}

// local are the hosts that may be called without TLS.
var local = regexp.MustCompile(`(?i)^http://(127\.|localhost(:|$)|\[)`)

func TestALinkWithoutTLSOpensOnlyWhereTheProviderHasNone(t *testing.T) {
	tls, plain := wire.Base{Host: "https://wallet.example"}, wire.Base{Host: "http://127.0.0.1:8090"}
	for link, want := range map[string]struct{ tls, plain bool }{
		"https://pay.example/1": {true, true}, "http://pay.example/1": {false, true}, "https://a@pay.example": {}, "redotpay://pay": {}, "": {},
	} {
		if tls.ValidLink(link) != want.tls || plain.ValidLink(link) != want.plain {
			t.Errorf("%q: got %v with TLS and %v without, want %v", link, tls.ValidLink(link), plain.ValidLink(link), want)
		}
	}
}

func FuzzBase(f *testing.F) {
	f.Add("https://wallet.example/api")
	f.Add("http://a:b@wallet.example/?x#y")
	f.Add(`http://wallet.example/"`)
	f.Fuzz(func(t *testing.T, s string) {
		base, ok := wire.ParseBase(s, true)
		if !ok {
			return
		}
		if _, secure := wire.ParseBase(s, false); secure && !strings.HasPrefix(base.Host, "https://") && !local.MatchString(base.Host) {
			t.Errorf("%q is taken without TLS", s)
		}
		u, err := url.Parse(base.URL("/call?a=b"))
		if err != nil || u.Scheme+"://"+u.Host != base.Host || u.EscapedPath() != base.Path+"/call" || u.RawQuery != "a=b" {
			t.Errorf("%q: got %+v, whose URL is %v and %v", s, base, u, err)
		}
	})
}
