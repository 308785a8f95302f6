package limit

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func proxies(t testing.TB, list ...string) Proxies {
	t.Helper()
	p, err := ParseProxies(list)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func request(remote string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = remote
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func TestTheAddressOfACaller(t *testing.T) {
	p := proxies(t, "10.0.0.0/8", "2001:db8:f::1", "::ffff:172.16.0.1")
	const xff = "X-Forwarded-For"
	for name, test := range map[string]struct {
		request *http.Request
		want    string
	}{
		"without a proxy":                              {request("192.0.2.1:80"), "192.0.2.1"},
		"a stranger's word":                            {request("192.0.2.1:80", xff, "203.0.113.9"), "192.0.2.1"},
		"a trusted proxy's word":                       {request("10.0.0.7:80", xff, "203.0.113.9"), "203.0.113.9"},
		"a trusted proxy that says nothing":            {request("10.0.0.7:80"), "10.0.0.7"},
		"what the caller wrote before it":              {request("10.0.0.7:80", xff, "1.1.1.1, 203.0.113.9"), "203.0.113.9"},
		"two trusted proxies":                          {request("10.0.0.7:80", xff, "1.1.1.1,203.0.113.9, 10.9.9.9"), "203.0.113.9"},
		"two header lines":                             {request("10.0.0.7:80", xff, "1.1.1.1", xff, "203.0.113.9"), "203.0.113.9"},
		"only trusted proxies":                         {request("10.0.0.7:80", xff, "10.1.1.1, 10.2.2.2"), "10.1.1.1"},
		"a port":                                       {request("10.0.0.7:80", xff, "203.0.113.9:4711"), "203.0.113.9"},
		"brackets and a port":                          {request("10.0.0.7:80", xff, "[2001:db8::9]:4711"), "2001:db8::9"},
		"brackets":                                     {request("10.0.0.7:80", xff, "[2001:db8::9]"), "2001:db8::9"},
		"an IPv6 proxy":                                {request("[2001:db8:f::1]:80", xff, "2001:db8::9"), "2001:db8::9"},
		"an IPv4 caller written as IPv6":               {request("[::ffff:10.0.0.7]:80", xff, "::ffff:203.0.113.9"), "203.0.113.9"},
		"a proxy configured as mapped":                 {request("172.16.0.1:80", xff, "203.0.113.9"), "203.0.113.9"},
		"a zone":                                       {request("10.0.0.7:80", xff, "fe80::1%eth0"), "fe80::1"},
		"unknown":                                      {request("10.0.0.7:80", xff, "203.0.113.9, unknown"), "10.0.0.7"},
		"nothing between commas":                       {request("10.0.0.7:80", xff, "203.0.113.9, ,"), "10.0.0.7"},
		"X-Real-IP, which is not believed":             {request("10.0.0.7:80", "X-Real-IP", "203.0.113.9"), "10.0.0.7"},
		"Forwarded, which is not believed":             {request("10.0.0.7:80", "Forwarded", "for=203.0.113.9"), "10.0.0.7"},
		"CF-Connecting-IP, which is not believed":      {request("10.0.0.7:80", "CF-Connecting-IP", "203.0.113.9"), "10.0.0.7"},
		"a connection without an address":              {request("@", xff, "203.0.113.9"), "invalid IP"},
		"a connection that is no address and no proxy": {request("", xff, "203.0.113.9"), "invalid IP"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := p.Client(test.request).String(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			var seen string
			p.Resolve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = KeyOf(r) })).ServeHTTP(nil, test.request)
			if want := Key(p.Client(test.request)); seen != want {
				t.Errorf("a handler counts it as %q, want %q", seen, want)
			}
		})
	}
}

func TestWhatAnAddressCountsAs(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := Key(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s counts as %q, want %q", text, got, want)
		}
	}
	if got := Key(netip.Addr{}); got != "" {
		t.Errorf("no address counts as %q", got)
	}
}

func TestWhatIsNoProxy(t *testing.T) {
	for _, text := range []string{"", "localhost", "10.0.0.0/33", "10.0.0", "*", "0.0.0.0/0", "::/0"} {
		if _, err := ParseProxies([]string{text}); err == nil {
			t.Errorf("%q is taken for a proxy", text)
		}
	}
}

func TestAProxyThatIsNotNamedHidesItsCallers(t *testing.T) {
	p := proxies(t, "10.0.0.7")
	for name, test := range map[string]struct {
		request *http.Request
		want    bool
	}{
		"on this machine":      {request("127.0.0.1:80", "X-Forwarded-For", "203.0.113.9"), true},
		"in our network":       {request("10.0.0.8:80", "X-Forwarded-For", "203.0.113.9"), true},
		"that is trusted":      {request("10.0.0.7:80", "X-Forwarded-For", "203.0.113.9"), false},
		"a stranger's word":    {request("192.0.2.1:80", "X-Forwarded-For", "203.0.113.9"), false},
		"a caller without one": {request("127.0.0.1:80"), false},
	} {
		if got := p.Hidden(test.request); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

// FuzzForwardedFor holds that a stranger's headers never change who they are, and that
// behind a trusted proxy the caller is the last address that is not trusted.
func FuzzForwardedFor(f *testing.F) {
	for _, text := range []string{"", "203.0.113.9", "[::1]:80", "a,b,,", "10.0.0.1, [2001:db8::1%x]:1", strings.Repeat("1.1.1.1,", 99), "[", "]", "[]:", "\x00"} {
		f.Add(text)
	}
	p := proxies(f, "10.0.0.0/8")
	f.Fuzz(func(t *testing.T, text string) {
		r := &http.Request{RemoteAddr: "192.0.2.1:80", Header: http.Header{"X-Forwarded-For": {text}}}
		if got := p.Client(r); got != netip.MustParseAddr("192.0.2.1") {
			t.Fatalf("a stranger is %s", got)
		}
		r.RemoteAddr = "10.0.0.7:80"
		client := p.Client(r)
		if !client.IsValid() || client.Zone() != "" || client.Is4In6() {
			t.Fatalf("the caller is %q", client)
		}
		r.Header["X-Forwarded-For"] = []string{text, "198.51.100.1"}
		if got := p.Client(r); got != netip.MustParseAddr("198.51.100.1") {
			t.Fatalf("what stands left of the proxy's own word made the caller %s", got)
		}
	})
}
