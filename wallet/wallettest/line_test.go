package wallettest_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet/wallettest"
)

const goodBody = `{"amount":"1234"}`

func TestLineTroubles(t *testing.T) {
	for _, c := range []struct {
		trouble  wallettest.Trouble
		executed bool
		status   int // 0: no answer
		check    func(http.Header, string) bool
	}{
		{"", true, 200, func(_ http.Header, body string) bool { return body == goodBody }},
		{wallettest.Refuse, false, 0, nil},
		{wallettest.CutBefore, false, 0, nil},
		{wallettest.CutAfter, true, 0, nil},
		{wallettest.ServerError, true, 502, func(_ http.Header, body string) bool { return strings.HasPrefix(body, "<html>") }},
		{wallettest.Garbage, true, 200, func(_ http.Header, body string) bool { return strings.Contains(body, "garbage") }},
		{wallettest.Empty, true, 200, func(_ http.Header, body string) bool { return body == "" }},
		{wallettest.Truncate, true, 200, func(_ http.Header, body string) bool { return body == goodBody[:len(goodBody)/2] }},
		{wallettest.Oversize, true, 200, func(_ http.Header, body string) bool { return len(body) > 1<<20 }},
		{wallettest.Alter, true, 200, func(_ http.Header, body string) bool { return body == `{"amount":"1235"}` }},
		{wallettest.Unsign, true, 200, func(h http.Header, body string) bool { return body == goodBody && h.Get("X-Signature") == "" }},
		{wallettest.Keep, true, 200, func(_ http.Header, body string) bool { return body == goodBody }},
		{wallettest.Redirect, true, 307, func(h http.Header, _ string) bool { return h.Get("Location") != "" }},
	} {
		t.Run("trouble "+string(c.trouble), func(t *testing.T) {
			var executed bool
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				executed = true
				w.Header().Set("X-Signature", "s")
				_, _ = io.WriteString(w, goodBody)
			}))
			defer server.Close()
			line := wallettest.NewLine(nil)
			line.Next(c.trouble)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := line.RoundTrip(req)
			if executed != c.executed || (err != nil) != (c.status == 0) || line.Calls() != 1 {
				t.Fatalf("got executed %v, error %v, %d calls", executed, err, line.Calls())
			}
			if dial := new(net.OpError); c.trouble == wallettest.Refuse && !errors.As(err, &dial) {
				t.Errorf("got %v, want an error of dialing", err)
			}
			if err != nil {
				return
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != c.status || !c.check(resp.Header, string(body)) {
				t.Errorf("got HTTP %d %.80q %v, %v", resp.StatusCode, body, resp.Header, err)
			}
		})
	}
}

func TestAStrayAnswerIsTheOneThatWasKept(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Path", r.URL.Path)
		_, _ = io.WriteString(w, r.URL.Path)
	}))
	defer server.Close()
	line := wallettest.NewLine(nil)
	line.Next(wallettest.Keep, wallettest.Stray)
	for _, path := range []string{"/first", "/second"} {
		resp, err := line.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if _ = resp.Body.Close(); err != nil || string(body) != "/first" || resp.Header.Get("X-Path") != "/first" {
			t.Errorf("%s: got %q of %q and %v, want /first", path, body, resp.Header.Get("X-Path"), err)
		}
	}
}

func TestLogKeepsEveryLevel(t *testing.T) {
	log := new(wallettest.Log)
	log.Logger().Debug("quiet", "order", "ord_1")
	if got := log.String(); !strings.Contains(got, "quiet") || !strings.Contains(got, "ord_1") {
		t.Errorf("got %q, want what was logged", got)
	}
}
