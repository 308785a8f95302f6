package server_test

import (
	"strings"
	"testing"
)

func TestTheDocumentIsServedForPeopleAndPrograms(t *testing.T) {
	w := newWorld(t)
	page := w.send("GET", "/docs", "")
	if page.Code != 200 || !strings.HasPrefix(page.Header().Get("Content-Type"), "text/html") || !strings.Contains(page.Body.String(), "https://pay.example/till/v1/orders") {
		t.Errorf("the page: got %d %v", page.Code, page.Header())
	}
	document := w.send("GET", "/openapi.json", "")
	if document.Code != 200 || !strings.HasPrefix(document.Body.String(), "{") {
		t.Errorf("the document: got %d %.40s", document.Code, document.Body)
	}
	problem := w.send("GET", "/problems/declined", "")
	at := problem.Header().Get("Location")
	if problem.Code != 302 || at != "/till/docs#problem-declined" || !strings.Contains(page.Body.String(), `id="problem-declined"`) {
		t.Errorf("a problem's type leads to %d %q", problem.Code, at)
	}
}
