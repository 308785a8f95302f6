package server_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
)

const asBrowser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// reads checks that an answer is a page with this status that says these words.
func (w *world) reads(got *httptest.ResponseRecorder, status int, words ...string) {
	w.Helper()
	if got.Code != status || !strings.HasPrefix(got.Header().Get("Content-Type"), "text/html") {
		w.Fatalf("got %d %s %s, want a page with %d", got.Code, got.Header().Get("Content-Type"), got.Body, status)
	}
	for _, word := range words {
		if !strings.Contains(got.Body.String(), word) {
			w.Errorf("the page lacks %q:\n%s", word, got.Body)
		}
	}
}

func TestABrowserReadsAPageWhereThereIsNothing(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/nothing", "/pay", "/pay/", "/return", "/sdk/other.js", "/favicon.ico", "/docs/orders"} {
		got := w.send("GET", path, "", "Accept", asBrowser)
		w.reads(got, 404, "There is nothing here", `href="/till/assets/design.css`)
		if !slices.Contains(got.Header().Values("Vary"), "Accept") {
			t.Errorf("%s: caches may give the page to programs: Vary is %q", path, got.Header().Values("Vary"))
		}
	}
	w.reads(w.send("GET", "/nothing", "", "Accept", asBrowser, "Accept-Language", "ar"), 404, `dir="rtl"`, "لا يوجد شيء هنا")
	w.problem(w.send("GET", "/nothing", "", "Accept", "*/*"), 404, "not_found")
	w.problem(w.send("GET", "/nothing", "", "Accept", "application/json"), 404, "not_found")
}

func TestTheRootIsAPageThatLeadsOn(t *testing.T) {
	w := newWorld(t)
	for _, accept := range []string{asBrowser, "*/*", ""} {
		got := w.send("GET", "/", "", "Accept", accept)
		w.reads(got, 200, "Payments are made here", `href="/till/docs"`)
		if strings.Contains(got.Body.String(), "http-equiv") {
			t.Error("the root refreshes itself")
		}
	}
}

func TestFaultsArePagesInAPayersBrowser(t *testing.T) {
	w := newWorld(t)
	order := w.engine.newOrder()
	pay := w.payPath(order)
	w.engine.broken = fault.New(fault.Unavailable, "test", "The store is down.")
	for _, path := range []string{pay, "/return/" + string(order.ID)} {
		got := w.send("GET", path, "", "Accept", asBrowser)
		w.reads(got, 503, "Your payment does not depend on this page", `content="10"`, "refresh.js")
		if strings.Contains(got.Body.String(), "store") || strings.Contains(strings.ToLower(got.Body.String()), "failed") {
			t.Errorf("%s reveals too much:\n%s", path, got.Body)
		}
		w.problem(w.send("GET", path, ""), 503, "unavailable")
	}
	w.engine.broken = nil
	w.reads(w.send("POST", pay, "method=", "Accept", asBrowser, "Content-Type", "application/x-www-form-urlencoded"), 400, "Please do not pay a second time")
}

func TestAPanicIsAPageToABrowser(t *testing.T) {
	w := newWorld(t)
	w.engine.ready = func(context.Context) error { panic("the secret of the till") }
	got := w.send("GET", "/readyz", "", "Accept", "application/json")
	w.problem(got, 500, "internal")
	order := w.engine.newOrder()
	w.engine.panics = true
	got = w.send("GET", "/return/"+string(order.ID), "", "Accept", asBrowser)
	w.reads(got, 500, "cannot be shown right now")
	if strings.Contains(got.Body.String(), "secret") {
		t.Error("the page reveals the reason")
	}
}

func TestAnUnknownProblemLeadsToAllOfThem(t *testing.T) {
	w := newWorld(t)
	page := w.send("GET", "/docs", "").Body.String()
	codes := []string{"method_not_allowed"}
	for _, kind := range fault.Kinds() {
		codes = append(codes, kind.String())
	}
	for _, code := range codes {
		at := w.send("GET", "/problems/"+code, "").Header().Get("Location")
		_, id, _ := strings.Cut(at, "#")
		if at != "/till/docs#problem-"+code || !strings.Contains(page, ` id="`+id+`"`) {
			t.Errorf("%s leads to %q", code, at)
		}
	}
	for _, code := range []string{"nonsense", "402", "%22%3E", "declined2"} {
		if at := w.send("GET", "/problems/"+code, "").Header().Get("Location"); at != "/till/docs#problems" {
			t.Errorf("%s leads to %q", code, at)
		}
	}
}
