package app

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhoIsOnThisMachine(t *testing.T) {
	for name, x := range map[string]struct {
		peer, host, header string
		want               bool
	}{
		"a shell":                        {"127.0.0.1:50000", "127.0.0.1:8080", "", true},
		"a shell on IPv6":                {"[::1]:50000", "[::1]:8080", "", true},
		"a shell by name":                {"127.0.0.1:50000", "localhost:8080", "", true},
		"an IPv4 address in IPv6":        {"[::ffff:127.0.0.1]:50000", "localhost", "", true},
		"another machine":                {"192.0.2.1:50000", "localhost", "", false},
		"another machine's name":         {"127.0.0.1:50000", "till.example", "", false},
		"a page by rebound name":         {"127.0.0.1:50000", "127.0.0.1.evil.example:8080", "", false},
		"a proxy on this machine":        {"127.0.0.1:50000", "127.0.0.1:8080", "X-Forwarded-For", false},
		"a proxy that names the host":    {"127.0.0.1:50000", "127.0.0.1:8080", "Forwarded", false},
		"a proxy that names the address": {"127.0.0.1:50000", "127.0.0.1:8080", "X-Real-Ip", false},
		"a gateway":                      {"127.0.0.1:50000", "127.0.0.1:8080", "Via", false},
		"a socket without an address":    {"@", "localhost", "", false},
	} {
		r := httptest.NewRequest("GET", "http://x/", nil)
		r.RemoteAddr, r.Host = x.peer, x.host
		if x.header != "" {
			r.Header.Set(x.header, "127.0.0.1")
		}
		if got := fromThisMachine(r); got != x.want {
			t.Errorf("%s: got %v, want %v", name, got, x.want)
		}
	}
}

// The fault switches and the test sign-in of a sandbox beside real apps.
func TestTheSandboxTakesCommandsFromThisMachineOrByKey(t *testing.T) {
	data := t.TempDir()
	n, err := newNode(t.Context(), optionsFor(data), "http://127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	key, err := os.ReadFile(filepath.Join(data, apiKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	send := func(method, path, body, peer, auth string) int {
		r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, strings.NewReader(body))
		r.RemoteAddr = peer
		r.Header.Set("Content-Type", "application/json")
		if auth != "" {
			r.Header.Set("Authorization", "Bearer "+auth)
		}
		w := httptest.NewRecorder()
		n.handler.ServeHTTP(w, r)
		return w.Code
	}
	const here, there = "127.0.0.1:50000", "192.0.2.1:50000"
	const rule = `{"fault":"refused","times":1}`
	for _, call := range []struct{ method, path, body string }{
		{"GET", "/sandbox/authcode?user=ann", ""}, {"POST", "/sandbox/control/faults", rule}, {"GET", "/sandbox/control/faults", ""},
		{"DELETE", "/sandbox/control/faults", ""},
	} {
		for name, got := range map[string][2]int{
			"this machine":     {send(call.method, call.path, call.body, here, ""), 200},
			"another":          {send(call.method, call.path, call.body, there, ""), 403},
			"another by key":   {send(call.method, call.path, call.body, there, strings.TrimSpace(string(key))), 200},
			"another by guess": {send(call.method, call.path, call.body, there, "mk_"+strings.Repeat("A", 43)), 403},
		} {
			if got[0] != got[1] {
				t.Errorf("%s %s from %s: got %d, want %d", call.method, call.path, name, got[0], got[1])
			}
		}
	}
	if got := send("GET", "/demo/", "", there, ""); got != 200 {
		t.Errorf("the demo shop: got %d, want 200", got)
	}
}

// optionsFor are those of a sandbox in a directory.
func optionsFor(data string) options {
	c := sandboxConfig()
	c.Data = filePath(data)
	return options{data: data, config: &c, log: c.Log.logger(new(bytes.Buffer))}
}

func TestTheStartWarnsOfAnOpenSandbox(t *testing.T) {
	open := sandboxConfig()
	open.Listen = "0.0.0.0:8080"
	closed := sandboxConfig()
	named := sandboxConfig()
	named.PublicURL = "https://till.example"
	beside := sandboxConfig()
	beside.Apps = map[string]appConfig{"shop": {}}
	for name, x := range map[string]struct {
		c    config
		want string
	}{
		"this machine alone":   {closed, ""},
		"every address":        {open, "OPEN TO OTHER MACHINES"},
		"behind a public name": {named, "OPEN TO OTHER MACHINES"},
		"beside real apps":     {beside, "BESIDE REAL APPS"},
		"no sandbox":           {defaultConfig(), ""},
	} {
		got := x.c.sandboxWarning()
		if (got == "") != (x.want == "") || !strings.Contains(got, x.want) {
			t.Errorf("%s: got %q, want %q", name, got, x.want)
		}
	}
	var log bytes.Buffer
	o := optionsFor(t.TempDir())
	o.listen, o.config.Listen, o.log = "127.0.0.1:0", "0.0.0.0:0", o.config.Log.logger(&log)
	ctx, stop := context.WithCancel(t.Context())
	if err := serve(ctx, o, stopper(stop)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "OPEN TO OTHER MACHINES") {
		t.Errorf("the log of the start is %s", &log)
	}
}

// stopper stops the server when it has printed its greeting.
type stopper func()

func (s stopper) Write(p []byte) (int, error) {
	s()
	return len(p), nil
}
