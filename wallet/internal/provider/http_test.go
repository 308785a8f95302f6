package provider_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// shop executes calls and answers "done".
type shop struct {
	faults *provider.Faults

	mu       sync.Mutex
	executed int
	rule     provider.Rule
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.faults.Serve(w, r, "pay", func(rule provider.Rule) func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.executed++
		s.rule = rule
		return func() { provider.WriteRaw(w, http.StatusOK, "text/plain", "done") }
	})
}

func TestFaultsOfCalls(t *testing.T) {
	for _, c := range []struct {
		fault    provider.Fault
		executed int
		answer   string // empty: none
	}{
		{"", 1, "200 done"},
		{provider.CutBefore, 0, ""},
		{provider.CutAfter, 1, ""},
		{provider.ServerError, 1, "502 <html><body><h1>502 Bad Gateway</h1></body></html>"},
		{provider.GarbageAnswer, 1, "200 {\"paymentId\":\x00\xff"},
		{wrongDigit, 1, "200 done"},
	} {
		t.Run("fault "+string(c.fault), func(t *testing.T) {
			s := &shop{faults: provider.NewFaults(declared, 1)}
			if c.fault != "" {
				s.faults.Inject(provider.Rule{Fault: c.fault, Times: 1})
			}
			server := httptest.NewServer(s)
			defer server.Close()
			got := ""
			if resp, err := http.Get(server.URL); err == nil {
				body, _ := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				got = resp.Status[:3] + " " + string(body)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if got != c.answer || s.executed != c.executed {
				t.Errorf("got %q, executed %d times; want %q and %d", got, s.executed, c.answer, c.executed)
			}
			if c.executed > 0 && s.rule.Fault != c.fault {
				t.Errorf("the wallet was notified of %q, want %q", s.rule.Fault, c.fault)
			}
		})
	}
}

func TestASlowAnswerComesAfterItsDelay(t *testing.T) {
	for delay, want := range map[time.Duration]time.Duration{0: 2 * time.Second, time.Minute: time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			s := &shop{faults: provider.NewFaults(declared, 1)}
			s.faults.Inject(provider.Rule{Fault: provider.SlowAnswer, Delay: delay})
			w, began := httptest.NewRecorder(), time.Now()
			s.ServeHTTP(w, httptest.NewRequest("POST", "/pay", nil))
			if took := time.Since(began); took != want || w.Body.String() != "done" {
				t.Errorf("a delay of %v: got %q after %v, want it after %v", delay, w.Body, took, want)
			}
		})
	}
}

func TestAPathIsServedWithAndWithoutThatOfThePublicURL(t *testing.T) {
	for path, want := range map[string]string{"/sim/pay": "/pay", "/pay": "/pay", "/simpay": "/simpay", "/sim": "/sim"} {
		if got := provider.Below("/sim", path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestABodyIsBounded(t *testing.T) {
	read := func(text string) error {
		_, err := provider.Body(httptest.NewRecorder(), httptest.NewRequest("POST", "/", strings.NewReader(text)), 4)
		return err
	}
	if read("four") != nil || read("five!") == nil {
		t.Error("a body of four bytes is refused, or one of five is not")
	}
}

func TestAWebURLIsAbsoluteAndNamesNoUser(t *testing.T) {
	for s, want := range map[string]bool{
		"https://shop.example/n?x=1": true, "http://127.0.0.1:8080": true, "ftp://shop.example": false, "/n": false,
		"https://": false, "https://ann@shop.example": false, "https://shop.example:port": false, "": false,
	} {
		if provider.WebURL(s) != want {
			t.Errorf("%q: want %v", s, want)
		}
	}
}

func TestDeliveriesFollowNoRedirect(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusFound))
	defer server.Close()
	resp, err := provider.Client(2).Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusFound {
		t.Errorf("got HTTP %d, want 302", resp.StatusCode)
	}
}
