package miniapp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge"
)

// fuzzBodies sends bodies to a path. Whatever they hold, the answer is one that the
// document has, and never the server's own mistake.
func fuzzBodies(f *testing.F, path func(bridge.Order) string, seeds ...string) {
	for _, body := range append(seeds, "", "{}", "[]", "null", "{", `{"x":1}`, "\xff", strings.Repeat("[", 9999), `{"a":"\ud800"}`) {
		f.Add([]byte(body))
	}
	w := newWorld(f)
	o := w.engine.newOrder("shop", bridge.Payer{ID: ann, Guest: true})
	session := w.session(ann)
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/miniapp/v1"+path(o), strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", session)
		got := httptest.NewRecorder()
		w.handler.ServeHTTP(got, r)
		if got.Code >= 500 || got.Code < 200 || got.Header().Get("Content-Type") == "" {
			t.Errorf("%q got %d %s", body, got.Code, got.Body)
		}
	})
}

func FuzzSessionBody(f *testing.F) {
	fuzzBodies(f, func(bridge.Order) string { return "/sessions" },
		`{"wallet":"sandbox"}`, `{"wallet":"sandbox","authCode":"c"}`, `{"wallet":1}`, `{"wallet":"none"}`, `{"Wallet":"sandbox"}`)
}

func FuzzPaymentBody(f *testing.F) {
	fuzzBodies(f, func(o bridge.Order) string { return "/orders/" + string(o.ID) + "/payments" },
		`{"wallet":"sandbox","method":"card"}`, `{"method":"`+strings.Repeat("x", 65)+`"}`, `{"wallet":null}`)
}

func FuzzResultBody(f *testing.F) {
	fuzzBodies(f, func(o bridge.Order) string { return "/orders/" + string(o.ID) + "/result" },
		`{"resultCode":"9000"}`, `{"resultCode":"9000","detail":"paid"}`, `{"resultCode":9000}`, `{"resultCode":""}`)
}
