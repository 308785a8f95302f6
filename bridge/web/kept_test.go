package web_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

func TestAKeyStandsForScopeRouteAndBody(t *testing.T) {
	first := web.Keyed{Scope: "merchant/shop", Key: "k", Route: "/orders", Body: []byte("{}")}
	same, route, body := first, first, first
	route.Route, body.Body = "/refunds", []byte("{ }")
	if first.Digest() != same.Digest() {
		t.Error("the same request has another digest")
	}
	if first.Digest() == route.Digest() || first.Digest() == body.Digest() {
		t.Error("another route or body has the same digest")
	}
}

func TestARequestWithoutAKeyIsNotKept(t *testing.T) {
	render := func(bridge.Order, error) bridge.Answer {
		return bridge.Answer{Status: 201, Body: []byte(`{"rendered":true}`)}
	}
	if once := web.Once(web.Keyed{Scope: "s"}, render); once != nil {
		t.Errorf("got %+v, want nil", once)
	}
	w := httptest.NewRecorder()
	if err := web.SendOutcome(w, idempotency.Outcome[bridge.Order]{}, nil, render); err != nil || w.Code != 201 || w.Body.String() != `{"rendered":true}` {
		t.Errorf("got %v, %d %s, want the rendered answer", err, w.Code, w.Body)
	}
}

func TestAKeptAnswerIsSentByteForByte(t *testing.T) {
	for status, contentType := range map[int]string{201: web.JSON, 402: problem.ContentType} {
		w := httptest.NewRecorder()
		kept := &bridge.Answer{Status: status, Body: []byte(` {"kept" :true}`)}
		never := func(bridge.Order, error) bridge.Answer { t.Error("it was rendered again"); return bridge.Answer{} }
		err := web.SendOutcome(w, idempotency.Outcome[bridge.Order]{Answer: kept, Replayed: true}, nil, never)
		if err != nil || w.Code != status || w.Body.String() != string(kept.Body) || w.Header().Get("Content-Type") != contentType {
			t.Errorf("got %v, %d %v %s", err, w.Code, w.Header(), w.Body)
		}
	}
}

func TestAnAnswerHoldsTheIDOfItsFirstRequest(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("X-Request-Id", "req_1")
	render := web.Renderer(problem.Renderer{Base: "https://pay.example"}, w, 201, func(o *bridge.Order) (any, error) {
		return nil, errors.New("the secret of the store")
	})
	for name, answer := range map[string]bridge.Answer{
		"a refusal":               render(bridge.Order{}, fault.New(fault.Declined, "test", "The wallet refused the payment.")),
		"a fault of the renderer": render(bridge.Order{}, nil),
	} {
		if text := string(answer.Body); answer.Status < 400 || !strings.Contains(text, `"requestId":"req_1"`) || strings.Contains(text, "secret") {
			t.Errorf("%s: got %d %s", name, answer.Status, text)
		}
	}
}
