package merchant_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzQuery sends query strings to every list of the API.
func FuzzQuery(f *testing.F) {
	w := newWorld(f)
	for _, seed := range []string{
		"limit=1", "limit=101", "limit=+1", "cursor=ord_", "from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z", "from=1969-01-01T00:00:00Z",
		"status=paid&status=paid", "attention=any", "after=evt_01JZZZZZZZZZZZZZZZZZZZZZZZ-1", "order=ord_01JZZZZZZZZZZZZZZZZZZZZZZZ",
		"a;b", "%zz", "=", "&&&", "limit", "reference=%00", "wallet=%ff", "walletPaymentId=" + strings.Repeat("x", 256), "\u212a=1",
	} {
		f.Add(seed)
	}
	lists := []string{"/orders", "/refunds", "/events", "/deliveries", "/inbox", "/agreements", "/webhook-endpoints", "/wallets"}
	f.Fuzz(func(t *testing.T, query string) {
		w := w.in(t)
		if u, err := url.Parse("/v1/orders?" + query); err != nil || u.RawQuery != query || strings.ContainsAny(query, " \t\r\n") {
			return // no request line can carry it
		}
		for _, list := range lists {
			a := w.call("GET", list+"?"+query, "")
			switch {
			case a.Code != 200 && a.Code != 400:
				t.Errorf("GET %s?%s: got %d %s", list, query, a.Code, a.Body)
			case !utf8.Valid(a.Body.Bytes()):
				t.Errorf("GET %s?%s: the answer is not UTF-8", list, query)
			case a.Code == 400 && a.Body.Len() > 4<<10+len(query):
				t.Errorf("GET %s?%s: an answer of %d bytes", list, query, a.Body.Len())
			}
		}
	})
}

// fuzzBody sends bodies to a route: each is taken or refused as a mistake of the caller.
func fuzzBody(f *testing.F, route func(w *world) (method, path string), seeds ...string) {
	w := newWorld(f)
	for _, seed := range append(seeds, "", "null", "[]", "{", `{"x":1}`, "{\"\xff\":1}", `{"amount":{"currency":"USD","value":"1e3"}}`) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := w.in(t)
		clear(w.engine.claims)
		w.engine.own, w.engine.refunded = nil, nil
		method, path := route(w)
		a := w.call(method, path, body)
		switch a.Code {
		case 200, 201, 400, 413, 415, 422:
		default:
			t.Errorf("%s %s %q: got %d %s", method, path, body, a.Code, a.Body)
		}
		for _, r := range w.engine.refunded {
			if !utf8.ValidString(r.Reason) || utf8.RuneCountInString(r.Reason) > 256 || r.Amount.Minor < 0 {
				t.Errorf("%q: the engine was called with %+v", body, r)
			}
		}
		for _, e := range w.engine.own {
			if !strings.HasPrefix(e.URL, "https://") || len(e.URL) > 2048 || len(e.Events) > 32 {
				t.Errorf("%q: an endpoint is %+v", body, e)
			}
		}
	})
}

func FuzzRefundBody(f *testing.F) {
	fuzzBody(f, func(w *world) (string, string) {
		return "POST", "/orders/" + w.belongings("shop")["orders"] + "/refunds"
	}, `{"reason":"cold"}`, `{"amount":{"currency":"USD","decimal":"1.00"},"payment":"pay_x"}`, `{"amount":{"currency":"USD","value":"-1"}}`)
}

func FuzzEndpointBody(f *testing.F) {
	fuzzBody(f, func(*world) (string, string) { return "POST", "/webhook-endpoints" },
		hook, `{"url":"https://a.example/","events":["order.paid","order.paid"]}`, `{"url":"https://a@b/"}`, `{"url":"https://10.0.0.1/"}`)
}

func FuzzEndpointPatch(f *testing.F) {
	fuzzBody(f, func(w *world) (string, string) {
		return "PATCH", "/webhook-endpoints/" + w.belongings("shop")["webhook-endpoints"]
	},
		`{"disabled":true}`, `{"url":null}`, `{"events":[]}`, `{"description":"x"}`)
}

func FuzzSessionsBody(f *testing.F) {
	fuzzBody(f, func(*world) (string, string) { return "POST", "/sessions/revoke" },
		`{"all":true}`, `{"session":"ses_1"}`, `{"payer":"ann","wallet":"sandbox"}`, `{"token":"a.b.c"}`)
}
