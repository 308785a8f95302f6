package merchant_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/signing"
)

const hook = `{"url":"https://shop.example/hook"}`

// opened is a secret as the dispatcher reads it.
func opened(t *testing.T, id, sealed string) string {
	t.Helper()
	secret, err := sealer{}.Open(sealed, webhook.SecretContext(id))
	if err != nil {
		t.Fatal(err)
	}
	return string(secret)
}

func TestAWebhookEndpoint(t *testing.T) {
	w := newWorld(t)
	a := w.send("POST", "/webhook-endpoints", `{"url":"https://shop.example/hook","description":"stock","events":["order.paid","refund.failed"]}`,
		"Authorization", w.shop, "Idempotency-Key", "k")
	body := a.Want(201)
	id, secret := body["id"].(string), body["secret"].(string)
	if _, err := webhook.ParseKey(signing.NewSecret(secret)); err != nil || !strings.HasPrefix(id, "whe_") {
		t.Errorf("got %v: %v", body, err)
	}
	if body["url"] != "https://shop.example/hook" || body["description"] != "stock" || asJSON(t, body["events"]) != `["order.paid","refund.failed"]` ||
		body["disabled"] != false || body["configured"] != false || body["failingSince"] != nil || body["createdAt"] != "2026-01-02T12:00:00Z" {
		t.Errorf("got %v", body)
	}
	stored := w.engine.own[0]
	if stored.App != "shop" || opened(t, id, stored.Secret) != secret || w.engine.holds(secret) || w.engine.holds(id) {
		t.Errorf("a secret stands in the store: %+v", stored)
	}
	again := w.send("POST", "/webhook-endpoints", `{"url":"https://shop.example/hook","description":"stock","events":["order.paid","refund.failed"]}`,
		"Authorization", w.shop, "Idempotency-Key", "k")
	if again.Code != 201 || again.Body.String() != a.Body.String() || len(w.engine.own) != 1 {
		t.Errorf("the replay is %s, want %s; there are %d", again.Body, a.Body, len(w.engine.own))
	}
	w.send("POST", "/webhook-endpoints", hook, "Authorization", w.shop, "Idempotency-Key", "k").Refused(422, "")
	for _, path := range []string{"/webhook-endpoints", "/webhook-endpoints/" + id} {
		if got := w.call("GET", path, "").Body.String(); strings.Contains(got, "secret\":") || strings.Contains(got, secret) || !strings.Contains(got, id) {
			t.Errorf("GET %s: %s", path, got)
		}
	}
	if w.engine.changed == 0 {
		t.Error("the dispatcher was not notified")
	}
}

func TestWhatIsWrongWithAnEndpointIsNamed(t *testing.T) {
	w := newWorld(t)
	id := w.call("POST", "/webhook-endpoints", hook).Want(201)["id"].(string)
	for name, test := range map[string]struct{ body, field string }{
		"an address that is refused":     {`{"url":"http://shop.example/"}`, "url"},
		"an address of two lines":        {`{"url":"https://shop.example/\n"}`, "url"},
		"an address that is long":        {`{"url":"https://shop.example/` + strings.Repeat("x", 2048) + `"}`, "url"},
		"an event that is none":          {`{"url":"https://shop.example/","events":["order.pade"]}`, "events[0]"},
		"an event without webhooks":      {`{"url":"https://shop.example/","events":["order.paid","order.created"]}`, "events[1]"},
		"an event twice":                 {`{"url":"https://shop.example/","events":["order.paid","order.paid"]}`, "events[1]"},
		"a description with a line":      {`{"url":"https://shop.example/","description":"a\u0000"}`, "description"},
		"a description that is long":     {`{"url":"https://shop.example/","description":` + quoted(257) + `}`, "description"},
		"a secret of the merchant's own": {`{"url":"https://shop.example/","secret":"whsec_x"}`, "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			w.in(t).call("POST", "/webhook-endpoints", test.body).Refused(400, test.field)
			w.in(t).call("PATCH", "/webhook-endpoints/"+id, test.body).Refused(400, test.field)
		})
	}
	for address, detail := range map[string]string{
		"http://shop.example/": "must be https", "https://10.0.0.1/": "must be public", "https://a:b@shop.example/": "must have no password",
	} {
		body := w.call("POST", "/webhook-endpoints", `{"url":"`+address+`"}`).Want(400)
		if at(body, "errors", 0, "field") != "url" || at(body, "errors", 0, "detail") != detail {
			t.Errorf("%s: %v", address, body["errors"])
		}
	}
	w.call("POST", "/webhook-endpoints", `{}`).Refused(400, "url")
	w.call("POST", "/webhook-endpoints", `{"url":"https://shop.example/","disabled":true}`).Refused(400, "disabled")
	w.call("PATCH", "/webhook-endpoints/"+id, `{"url":""}`).Refused(400, "url")
}

func TestChangingAnEndpoint(t *testing.T) {
	w := newWorld(t)
	id := w.call("POST", "/webhook-endpoints", `{"url":"https://shop.example/hook","description":"stock","events":["order.paid"]}`).Want(201)["id"].(string)
	path := "/webhook-endpoints/" + id
	patch := func(body string) map[string]any {
		return w.send("PATCH", path, body, "Authorization", w.shop).Want(200)
	}
	if body := patch(`{}`); body["description"] != "stock" || asJSON(t, body["events"]) != `["order.paid"]` || body["secret"] != nil {
		t.Errorf("got %v", body)
	}
	if body := patch(`{"description":"","events":[],"disabled":true}`); body["description"] != "" || asJSON(t, body["events"]) != `[]` || body["disabled"] != true {
		t.Errorf("got %v", body)
	}
	failing := func() {
		w.engine.own[0].Disabled, w.engine.own[0].DisabledReason, w.engine.own[0].FailingSince = true, "it takes nothing", w.clock.Now()
	}
	failing()
	if body := patch(`{"description":"x"}`); body["disabledReason"] != "it takes nothing" || body["failingSince"] != "2026-01-02T12:00:00Z" {
		t.Errorf("got %v", body)
	}
	if body := patch(`{"disabled":false}`); body["disabled"] != false || body["disabledReason"] != "" || body["failingSince"] != nil {
		t.Errorf("an endpoint that is put to use again still fails: %v", body)
	}
	failing()
	if body := patch(`{"url":"https://shop.example/other"}`); body["failingSince"] != nil || body["disabled"] != true {
		t.Errorf("got %v", body)
	}
	w.send("PATCH", path, "", "Authorization", w.shop).Refused(400, "")
}

func TestRemovingAnEndpoint(t *testing.T) {
	w := newWorld(t)
	id := w.call("POST", "/webhook-endpoints", hook).Want(201)["id"].(string)
	a := w.send("DELETE", "/webhook-endpoints/"+id, "", "Authorization", w.shop)
	if a.Code != 204 || a.Body.Len() > 0 || a.Header().Get("Content-Type") != "" {
		t.Errorf("got %d %v %s", a.Code, a.Header(), a.Body)
	}
	w.send("DELETE", "/webhook-endpoints/"+id, "", "Authorization", w.shop).Refused(404, "")
	w.call("GET", "/webhook-endpoints/"+id, "").Refused(404, "")
	if w.engine.changed != 2 {
		t.Errorf("notified %d times", w.engine.changed)
	}
}

func TestRotatingASecret(t *testing.T) {
	w := newWorld(t)
	body := w.call("POST", "/webhook-endpoints", hook).Want(201)
	id, first := body["id"].(string), body["secret"].(string)
	path := "/webhook-endpoints/" + id + "/rotate-secret"
	rotated := w.send("POST", path, "", "Authorization", w.shop, "Idempotency-Key", "k")
	body = rotated.Want(200)
	second := body["secret"].(string)
	if second == first || body["previousSecretUntil"] != "2026-01-03T12:00:00Z" {
		t.Errorf("got %v", body)
	}
	e := w.engine.own[0]
	if opened(t, id, e.Secret) != second || opened(t, id, e.Previous) != first || w.engine.holds(second) {
		t.Errorf("got %+v", e)
	}
	again := w.send("POST", path, "", "Authorization", w.shop, "Idempotency-Key", "k")
	if again.Body.String() != rotated.Body.String() || w.engine.own[0].Secret != e.Secret {
		t.Errorf("the replay is %s, want %s", again.Body, rotated.Body)
	}
	body = w.call("POST", path, `{"overlapHours":168}`).Want(200)
	if body["previousSecretUntil"] != w.clock.Now().Add(168*time.Hour).Format(time.RFC3339) {
		t.Errorf("got %v", body)
	}
	body = w.call("POST", path, `{"overlapHours":0}`).Want(200)
	if e := w.engine.own[0]; body["previousSecretUntil"] != nil || e.Previous != "" || !e.PreviousUntil.IsZero() {
		t.Errorf("got %v, %+v", body, e)
	}
	for _, hours := range []string{"-1", "169", `"24"`, "1.5"} {
		w.call("POST", path, `{"overlapHours":`+hours+`}`).Refused(400, "overlapHours")
	}
}

func TestTheConfiguredEndpoint(t *testing.T) {
	w := newWorld(t)
	club := func(method, path, body string) answer {
		return w.send(method, path, body, "Authorization", w.club, "Idempotency-Key", w.fresh())
	}
	club("POST", "/webhook-endpoints", hook).Want(201)
	list := club("GET", "/webhook-endpoints", "").Want(200)
	if at(list, "endpoints", 0, "id") != "webhook" || at(list, "endpoints", 0, "configured") != true ||
		at(list, "endpoints", 0, "url") != "https://club.example/hook" || at(list, "endpoints", 1, "configured") != false {
		t.Errorf("got %v", list)
	}
	if body := club("GET", "/webhook-endpoints/webhook", "").Want(200); body["createdAt"] != nil || asJSON(t, body["events"]) != "[]" {
		t.Errorf("got %v", body)
	}
	club("PATCH", "/webhook-endpoints/webhook", `{"disabled":true}`).Refused(409, "")
	club("DELETE", "/webhook-endpoints/webhook", "").Refused(409, "")
	club("POST", "/webhook-endpoints/webhook/rotate-secret", "").Refused(409, "")
}

func TestTwentyEndpointsAreEnough(t *testing.T) {
	w := newWorld(t)
	w.engine.own = append(w.engine.own, store.Endpoint{ID: "whe_club", App: "club"})
	create := func(n int) answer {
		return w.send("POST", "/webhook-endpoints", hook, "Authorization", w.shop, "Idempotency-Key", strconv.Itoa(n))
	}
	last := create(0)
	for n := 1; n < 20; n++ {
		last = create(n)
		last.Want(201)
	}
	create(20).Refused(409, "")
	if again := create(19); again.Code != 201 || again.Body.String() != last.Body.String() {
		t.Errorf("the replay is %d %s, want %s", again.Code, again.Body, last.Body)
	}
	w.send("DELETE", "/webhook-endpoints/"+w.engine.own[1].ID, "", "Authorization", w.shop)
	create(20).Want(201)
	if len(w.engine.own) != 21 {
		t.Errorf("there are %d", len(w.engine.own))
	}
}

func TestAnAnswerThatCannotBeOpenedRevealsNothing(t *testing.T) {
	w := newWorld(t)
	create := func() answer {
		return w.send("POST", "/webhook-endpoints", hook, "Authorization", w.shop, "Idempotency-Key", "k")
	}
	create().Want(201)
	for key, c := range w.engine.claims {
		c.Answer = &bridge.Answer{Status: 201, Body: []byte(sealer{}.Seal([]byte("whsec_x"), "another"))}
		w.engine.claims[key] = c
	}
	if a := create(); a.Code != 500 || strings.Contains(a.Body.String(), "sealed") || strings.Contains(a.Body.String(), "whsec") {
		t.Errorf("got %d %s", a.Code, a.Body)
	}
}
