package merchant_test

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
)

func TestEveryPostNeedsAKey(t *testing.T) {
	w := newWorld(t)
	own := w.belongings("shop")
	for _, route := range w.router.Routes() {
		if route.Method != "POST" {
			continue
		}
		path := strings.TrimPrefix(route.Path, "/v1")
		kind, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		path = strings.Replace(path, ":id", own[kind], 1)
		for name, keys := range map[string][]string{
			"none": nil, "an empty one": {""}, "two": {"a", "b"}, "256 characters": {strings.Repeat("k", 256)},
			"a tab": {"a\tb"}, "no ASCII": {"ключ"}, "a quote that is not closed": {`"k`}, "an empty text": {`""`},
		} {
			headers := []string{"Authorization", w.shop}
			for _, key := range keys {
				headers = append(headers, "Idempotency-Key", key)
			}
			a := w.send("POST", path, "", headers...)
			if a.Refused(400, "Idempotency-Key"); t.Failed() {
				t.Fatalf("POST %s with %s", path, name)
			}
		}
	}
	w.send("POST", "/orders", tea, "Authorization", w.shop, "Idempotency-Key", strings.Repeat("~", 255)).Want(201)
}

func TestAKeyReturnsItsFirstAnswer(t *testing.T) {
	w := newWorld(t)
	o, other := w.engine.newOrder("shop"), w.engine.newOrder("shop")
	path, agreement := "/orders/"+string(o.ID), "/agreements/"+w.belongings("shop")["agreements"]
	for _, test := range []struct{ path, body string }{
		{"/orders", tea}, {path + "/capture", ""}, {path + "/void", "{}"}, {path + "/cancel", ""},
		{path + "/refresh", ""}, {path + "/refunds", `{"reason":"cold"}`},
		{"/agreements", `{"title":"Coffee"}`}, {agreement + "/sign", code}, {agreement + "/end", ""},
	} {
		send := func(path, body string) answer {
			return w.send("POST", path, body, "Authorization", w.shop, "Idempotency-Key", "k "+test.path)
		}
		first := send(test.path, test.body)
		if first.Code >= 300 {
			t.Fatalf("POST %s: %d %s", test.path, first.Code, first.Body)
		}
		w.engine.fail = fault.New(fault.Unavailable, "test", "The wallet is down.")
		again := send(test.path, test.body)
		w.engine.fail = nil
		if again.Code != first.Code || again.Body.String() != first.Body.String() {
			t.Errorf("POST %s: %d %s, then %d %s", test.path, first.Code, first.Body, again.Code, again.Body)
		}
		send(test.path, test.body+" ").Want(422)
		send(strings.Replace(test.path, string(o.ID), string(other.ID), 1), " "+test.body).Want(422)
	}
	w.send("POST", path+"/void", "", "Authorization", w.shop, "Idempotency-Key", "one").Want(200)
	w.send("POST", path+"/cancel", "", "Authorization", w.shop, "Idempotency-Key", "one").Refused(422, "")
	w.send("POST", "/orders/"+string(other.ID)+"/void", "", "Authorization", w.shop, "Idempotency-Key", "one").Refused(422, "")
	w.send("POST", "/webhook-endpoints", hook, "Authorization", w.shop, "Idempotency-Key", "one").Refused(422, "")
	w.send("POST", "/orders", tea, "Authorization", w.club, "Idempotency-Key", "one").Want(201)
}

func TestARequestThatIsUnderWay(t *testing.T) {
	w := newWorld(t)
	w.engine.fail = fault.New(fault.Unknown, "test", "No answer.")
	w.send("POST", "/orders", tea, "Authorization", w.shop, "Idempotency-Key", "k").Refused(504, "")
	a := w.send("POST", "/orders", tea, "Authorization", w.shop, "Idempotency-Key", "k")
	if a.Refused(409, ""); a.Header().Get("Retry-After") != "1" {
		t.Errorf("headers are %v", a.Header())
	}
}

func TestARefusalIsStoredUnderItsKeyToo(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop")
	for _, path := range []string{"/orders", "/orders/" + string(o.ID) + "/refunds"} {
		w.engine.fail = &fault.Error{Kind: fault.Declined, Code: "NO_MONEY", Detail: "The wallet refused."}
		body := tea
		if path != "/orders" {
			body = ""
		}
		first := w.send("POST", path, body, "Authorization", w.shop, "Idempotency-Key", path, "X-Request-Id", "first")
		first.Refused(402, "")
		w.engine.fail = nil
		again := w.send("POST", path, body, "Authorization", w.shop, "Idempotency-Key", path, "X-Request-Id", "second")
		if again.Code != 402 || again.Body.String() != first.Body.String() || again.Header().Get("X-Request-Id") != "second" ||
			again.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("got %d %v %s", again.Code, again.Header(), again.Body)
		}
	}
}
