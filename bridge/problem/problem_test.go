package problem_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
)

func TestEveryKindHasAnEntry(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range fault.Kinds() {
		d := problem.Of(fault.New(kind, "test", "Said."), "https://pay.example/till/", "req_1")
		if d.Status != problem.Status(kind) || d.Title == "" || d.Code != kind.String() {
			t.Errorf("%s has no entry: %+v", kind, d)
		}
		if kind != fault.Internal && d.Status == http.StatusInternalServerError {
			t.Errorf("%s looks like our own mistake", kind)
		}
		if want := "https://pay.example/till/problems/" + kind.String(); d.Type != want {
			t.Errorf("type is %q, want %q", d.Type, want)
		}
		if seen[d.Title] {
			t.Errorf("two kinds are called %q", d.Title)
		}
		seen[d.Title] = true
	}
}

func TestTheTableIsTheContract(t *testing.T) {
	want := map[fault.Kind]int{
		fault.Invalid: 400, fault.Unauthenticated: 401, fault.Declined: 402, fault.Forbidden: 403,
		fault.NotFound: 404, fault.Conflict: 409, fault.KeyReused: 422, fault.Expired: 410,
		fault.Unsupported: 422, fault.TooLarge: 413, fault.RateLimited: 429, fault.Internal: 500,
		fault.Unavailable: 503, fault.Unknown: 504,
	}
	for kind, status := range want {
		if got := problem.Status(kind); got != status {
			t.Errorf("%s is %d, want %d", kind, got, status)
		}
	}
}

func TestInternalFaultsGiveNothingAway(t *testing.T) {
	const secret = "password=hunter2"
	for name, err := range map[string]error{
		"a plain error":            errors.New(secret),
		"an internal fault":        &fault.Error{Kind: fault.Internal, Detail: secret, Code: secret, Fields: []fault.Field{{Name: secret}}},
		"an unknown kind":          &fault.Error{Kind: fault.Kind(200), Detail: secret},
		"the cause of another":     fault.Wrap(fault.Unavailable, secret, errors.New(secret)),
		"a wrapped internal fault": fmt.Errorf("%s: %w", secret, fault.Wrap(fault.Internal, secret, errors.New(secret))),
	} {
		t.Run(name, func(t *testing.T) {
			if body := string(problem.Of(err, "", "req_1").JSON()); strings.Contains(body, "hunter2") {
				t.Errorf("the caller sees %s", body)
			}
		})
	}
}

func TestWrite(t *testing.T) {
	var log bytes.Buffer
	p := problem.Renderer{Log: slog.New(slog.NewTextHandler(&log, nil))}
	h := problem.Identify(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Write(w, r, fmt.Errorf("outer: %w", &fault.Error{
			Kind: fault.Unavailable, Code: "BUSY", Detail: "Later.", RetryAfter: 1500 * time.Millisecond,
			Fields: []fault.Field{{Name: "items[0].sku", Detail: "is gone"}}, Err: errors.New("the cause"),
		}))
	}))
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("X-Request-Id", "mine-1")
	h.ServeHTTP(w, r)
	if w.Code != 503 || w.Header().Get("Retry-After") != "2" || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %d, %v", w.Code, w.Header())
	}
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := `map[code:unavailable detail:Later. errors:[map[detail:is gone field:items[0].sku]] requestId:mine-1 status:503 title:Unavailable type:/problems/unavailable walletCode:BUSY]`
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	if line := log.String(); !strings.Contains(line, "the cause") || !strings.Contains(line, "request=mine-1") || strings.Count(line, "\n") != 1 {
		t.Errorf("the log says %q", line)
	}
}

func TestIdentify(t *testing.T) {
	h := problem.Identify(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for name, test := range map[string]struct {
		id   string
		kept bool
	}{
		"a sane id is kept":        {"abc_DEF-123", true},
		"64 characters are kept":   {strings.Repeat("a", 64), true},
		"65 are not":               {strings.Repeat("a", 65), false},
		"none makes one":           {"", false},
		"spaces are not kept":      {"a b", false},
		"line breaks are not kept": {"a\r\nSet-Cookie: x", false},
		"letters beyond ASCII":     {"ä", false},
	} {
		t.Run(name, func(t *testing.T) {
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header["X-Request-Id"] = []string{test.id}
			h.ServeHTTP(w, r)
			got := w.Header().Get("X-Request-Id")
			if kept := got == test.id; kept != test.kept || got == "" {
				t.Errorf("got %q for %q", got, test.id)
			}
			if !test.kept && (!strings.HasPrefix(got, "req_") || len(got) < 20) {
				t.Errorf("got %q, want an id of ours", got)
			}
		})
	}
}
