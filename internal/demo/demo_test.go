package demo

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/pricing"
)

func handler() http.Handler {
	return Handler(Config{
		App:   "demo",
		Allow: func(_ context.Context, order, token string) bool { return order == "ord_1" && token == "right" },
		Events: func(context.Context, string) ([]Event, error) {
			return []Event{{Order: "ord_1", Sequence: 1, Type: "order.created"}, {Order: "ord_1", Sequence: 2, Type: "order.paid"}}, nil
		},
	})
}

func get(target, token string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", target, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	handler().ServeHTTP(w, r)
	return w
}

func TestEventsNeedTheOrdersToken(t *testing.T) {
	for name, c := range map[string]struct{ target, token string }{
		"no token":        {"/demo/events/ord_1", ""},
		"a wrong token":   {"/demo/events/ord_1", "wrong"},
		"another's order": {"/demo/events/ord_2", "right"},
		"an empty bearer": {"/demo/events/ord_1", " "},
	} {
		if w := get(c.target, c.token); w.Code != 401 {
			t.Errorf("%s: got %d, want 401", name, w.Code)
		}
	}
}

func TestEventsAreThoseAfterTheLastSeen(t *testing.T) {
	w := get("/demo/events/ord_1?after=1", "right")
	if body := w.Body.String(); w.Code != 200 || strings.Contains(body, "order.created") || !strings.Contains(body, "order.paid") {
		t.Errorf("got %d %s", w.Code, body)
	}
}

func TestCatalogCanBeSold(t *testing.T) {
	catalog, err := pricing.ReadCatalog(bytes.NewReader(Catalog))
	if err != nil {
		t.Fatal(err)
	}
	items, err := catalog.List(t.Context(), "demo")
	if err != nil || len(items) != 6 {
		t.Fatalf("got %d items, %v; want 6", len(items), err)
	}
	for _, item := range items {
		if w := get(item.Image, ""); w.Code != 200 || w.Header().Get("Content-Type") != "image/svg+xml" {
			t.Errorf("%s: got %d %s", item.Image, w.Code, w.Header().Get("Content-Type"))
		}
	}
}

func TestShopRunsNothingInline(t *testing.T) {
	w := get("/demo/", "")
	body := w.Body.String()
	if w.Code != 200 || strings.Contains(body, "style=") || strings.Contains(body, "<script>") || strings.Contains(body, "//cdn") {
		t.Errorf("got %d:\n%s", w.Code, body)
	}
	if got := w.Header().Get("Content-Security-Policy"); !strings.Contains(got, "frame-src 'self';") {
		t.Errorf("the cashier's frame is not allowed: %q", got)
	}
}

func TestVisitorsBecomeOneOriginWithTheCashier(t *testing.T) {
	d := &demo{Config{PublicURL: "http://127.0.0.1:8080"}}
	for host, want := range map[string]string{
		"127.0.0.1:8080": "", "shop.example": "", "10.0.0.7:8080": "",
		"localhost:8080": "http://127.0.0.1:8080/demo/", "[::1]:8080": "http://127.0.0.1:8080/demo/",
	} {
		if got := d.home(host); got != want {
			t.Errorf("%s: got %q, want %q", host, got, want)
		}
	}
}
