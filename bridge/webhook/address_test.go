package webhook

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

func TestCheckURL(t *testing.T) {
	const never, private, always = 0, 1, 2 // who may have it
	tests := []struct {
		name string
		url  string
		want int
	}{
		{"a public name", "https://shop.example/hook?tenant=7", always},
		{"a port", "https://shop.example:8443/hook", always},
		{"a public address", "https://93.184.216.34/hook", always},
		{"a public address of version 6", "https://[2606:2800:220:1::1]/hook", always},
		{"a name in its ASCII form", "https://xn--bcher-kva.example/", always},
		{"2,048 bytes", "https://shop.example/" + strings.Repeat("a", 2048-21), always},
		{"2,049 bytes", "https://shop.example/" + strings.Repeat("a", 2048-20), never},
		{"nothing", "", never},
		{"a path", "/hook", never},
		{"no host", "https:///hook", never},
		{"no host but a port", "https://:443/hook", never},
		{"no slashes", "https:shop.example", never},
		{"another scheme", "ftp://shop.example", never},
		{"a file", "file:///etc/passwd", never},
		{"http", "http://shop.example/hook", private},
		{"credentials", "https://me:secret@shop.example/hook", never},
		{"empty credentials", "https://@shop.example/hook", never},
		{"a fragment", "https://shop.example/hook#part", never},
		{"an empty fragment", "https://shop.example/hook#", never},
		{"port 0", "https://shop.example:0/", never},
		{"port 65536", "https://shop.example:65536/", never},
		{"a colon without a port", "https://shop.example:/", never},
		{"a line break", "https://shop.example/\nhook", never},
		{"a space in the host", "https://shop example/", never},
		{"digits of another script", "https://１２７.0.0.1/", never},
		{"a host with an escape", "https://%31%32%37.0.0.1/", never},
		{"loopback", "https://127.0.0.1/hook", private},
		{"the whole network", "https://0.0.0.0/", private},
		{"a metadata service", "https://169.254.169.254/latest/meta-data/", never},
		{"10/8", "https://10.1.2.3/", private},
		{"172.16/12", "https://172.31.0.1/", private},
		{"192.168/16", "https://192.168.1.1/", private},
		{"the carrier's network", "https://100.64.0.1/", private},
		{"multicast", "https://224.0.0.1/", private},
		{"loopback of version 6", "https://[::1]/", private},
		{"fc00::/7", "https://[fd12::254]/", private},
		{"a metadata service of fc00::/7", "https://[fd00:ec2::254]/", never},
		{"link-local of version 6", "https://[fe80::1]/", never},
		{"a metadata service in version 6", "https://[::ffff:169.254.169.254]/", never},
		{"a metadata service behind NAT64", "https://[64:ff9b::a9fe:a9fe]/", never},
		{"another cloud's metadata service", "https://100.100.100.200/", never},
		{"loopback of version 4 in version 6", "https://[::ffff:127.0.0.1]/", private},
		{"a private address of version 4 in version 6", "https://[::ffff:a01:203]/", private},
		{"loopback behind NAT64", "https://[64:ff9b::7f00:1]/", private},
		{"loopback behind 6to4", "https://[2002:7f00:1::]/", private},
		{"localhost", "https://localhost/hook", private},
		{"a name under localhost", "https://shop.LOCALHOST/", private},
		{"localhost with the dot of the root", "https://localhost./", private},
		{"an address in two numbers", "https://127.1/", private},
		{"an address in one number", "https://2130706433/", private},
		{"an address in hexadecimal", "https://0x7f000001/", private},
		{"an address with an octal number", "https://0177.0.0.1/", private},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			public, own := CheckURL(test.url, false), CheckURL(test.url, true)
			if (public == nil) != (test.want == always) || (own == nil) != (test.want >= private) {
				t.Errorf("got %v, and where private addresses are allowed %v", public, own)
			}
			if public != nil && (!errors.Is(public, fault.Invalid) || fault.Of(public).Fields[0].Name != "url") {
				t.Errorf("got %v, want Invalid about the field url", public)
			}
		})
	}
}

func FuzzCheckURL(f *testing.F) {
	for _, text := range []string{
		"https://shop.example/hook", "https://me@shop.example", "https://127.0.0.1", "https://[::1]:8443/", "http://localhost#", "https://127.1",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if CheckURL(text, false) != nil {
			return
		}
		if err := CheckURL(text, true); err != nil {
			t.Errorf("%q is good, but not where more is allowed: %v", text, err)
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Fragment != "" || u.Hostname() == "" || len(text) > 2048 {
			t.Errorf("%q was let through: %v", text, err)
		}
		if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !ip.IsGlobalUnicast() {
			t.Errorf("%q was let through, a special address", text)
		}
		if _, err := http.NewRequest(http.MethodPost, text, nil); err != nil {
			t.Errorf("%q was let through, and no request can be made: %v", text, err)
		}
	})
}

// TestPrivateAddressesAreNotDialled goes past CheckURL, as a name does that resolves to
// such an address.
func TestPrivateAddressesAreNotDialled(t *testing.T) {
	s := newShop(t)
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	d := deliverer(t, newMailbox(), time.Now)
	for _, host := range []string{
		"127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[::]",
		"169.254.169.254", "[::ffff:169.254.169.254]", "[fd00:ec2::254]",
		"10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "[fc00::1]", "[fdff::1]", "[fe80::1]", "[64:ff9b::7f00:1]",
	} {
		for _, scheme := range []string{"http://", "https://"} {
			e := s.endpoint("hook")
			e.URL, e.Private = scheme+host+port, false
			if _, err := d.send(t.Context(), &e, &bridge.Message{ID: "x"}); !errors.Is(err, ssrf.ErrProhibitedIP) {
				t.Errorf("%s: got %v, want it refused before it is dialled", e.URL, err)
			}
		}
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		e := s.endpoint("hook")
		e.URL = "http://" + host + port
		if _, err := d.send(t.Context(), &e, &bridge.Message{ID: host}); err != nil {
			t.Errorf("where the own network is allowed: %v", err)
		}
	}
	if len(s.received) != 2 {
		t.Errorf("the server was called %d times, want twice", len(s.received))
	}
}

// TestMetadataServicesAreNeverDialled calls the dialer's guard, so that no network is needed,
// and then a client for the own network, which must refuse before it dials.
func TestMetadataServicesAreNeverDialled(t *testing.T) {
	for address, called := range map[string]bool{
		"169.254.169.254:80": false, "169.254.170.2:80": false, "169.254.0.1:443": false, "[::ffff:169.254.169.254]:80": false,
		"[fe80::1%eth0]:80": false, "[fd00:ec2::254]:80": false, "[64:ff9b::a9fe:a9fe]:80": false, "[2002:a9fe:a9fe::]:80": false,
		"100.100.100.200:80": false, "192.0.0.192:80": false, "168.63.129.16:80": false, "[fd20:ce::254]:80": false, "169.254.169.254": false,
		"127.0.0.1:80": true, "10.0.0.1:443": true, "192.168.1.1:80": true, "[::1]:80": true, "[fd12::1]:80": true, "93.184.216.34:443": true,
	} {
		if err := noMetadata("tcp", address, nil); (err == nil) != called {
			t.Errorf("%s: got %v, want it called: %v", address, err, called)
		}
	}
	for _, host := range []string{"169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"} {
		if _, err := Client(true).Get("http://" + host + "/latest/meta-data/"); !errors.Is(err, errMetadata) {
			t.Errorf("%s: got %v, want it refused before it is dialled", host, err)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	s := newShop(t)
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		redirecting := httptest.NewServer(http.RedirectHandler(s.URL, status))
		e := s.endpoint("hook")
		e.URL = redirecting.URL
		if _, err := deliverer(t, newMailbox(), time.Now).send(t.Context(), &e, &bridge.Message{ID: "x"}); !errors.Is(err, errRedirect) {
			t.Errorf("%d: got %v", status, err)
		}
		redirecting.Close()
	}
	if len(s.received) > 0 {
		t.Error("a redirect was followed")
	}
}

func TestAnswersWithoutEndAreNotReadToTheEnd(t *testing.T) {
	flood := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<10)); err != nil {
				return
			}
		}
	}
	headers := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", mostHeader+8<<10))
	}
	silence := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not see the caller go
		<-r.Context().Done()
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
		limit  time.Duration
		taken  bool
	}{
		{"a body without end", flood, time.Hour, true},
		{"a header that is too long", headers, time.Hour, false},
		{"no answer at all", silence, time.Millisecond, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(test.answer)
			defer server.Close()
			e := Endpoint{App: "shop", Name: "hook", URL: server.URL, Keys: []Key{testKey(t, oldSecret)}, Private: true}
			d := deliverer(t, newMailbox(), time.Now)
			defer d.closeIdle()
			d.limit = test.limit
			if _, err := d.send(t.Context(), &e, &bridge.Message{ID: "x", Body: []byte("{}")}); (err == nil) != test.taken {
				t.Errorf("got %v, want it taken: %v", err, test.taken)
			}
		})
	}
}
