package problem_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
)

const card = "4111 1111 1111 1111"

// form has texts wherever a body can have them.
type form struct {
	Note    string            `json:"note"`
	Pointer *string           `json:"pointer"`
	Lines   []formLine        `json:"lines"`
	Names   map[string]string `json:"names"`
	Words   []formWord        `json:"words"`
	Code    string            `json:"code" text:"no"`
}

type formLine struct {
	Name   string `json:"name"`
	Amount struct {
		Value string `json:"value" text:"no"`
	} `json:"amount"`
}

type formWord string

func TestTextsThatAreNotKeptAreRefusedByName(t *testing.T) {
	for body, field := range map[string]string{
		`{"note":"` + card + `"}`: "note", `{"pointer":"pay with ` + card + `"}`: "pointer", `{"lines":[{"name":"a"},{"name":"` + card + `"}]}`: "lines[1].name",
		`{"names":{"k":"` + card + `"}}`: "names.k", `{"names":{"` + card + `":"v"}}`: "names", `{"words":["` + card + `"]}`: "words[0]",
		`{"note":"\uff14\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11"}`: "note",
		`{"note":"a \u202eb"}`: "note", `{"names":{"a":"\u2066b"}}`: "names.a",
	} {
		var f form
		_, err := problem.Decode(httptest.NewRecorder(), request(body, "application/json"), &f)
		got := fault.Of(err)
		if got.Kind != fault.Invalid || err == nil || len(got.Fields) != 1 || got.Fields[0].Name != field {
			t.Errorf("%s: got %v, want Invalid about %s", body, err, field)
		}
		if err != nil && strings.Contains(err.Error()+string(problem.Of(err, "", "").JSON()), "4111") {
			t.Errorf("%s: the answer repeats it: %v", body, err)
		}
	}
	for _, body := range []string{
		`{"note":"R-20251120-000123"}`, `{"code":"` + card + `"}`, `{"lines":[{"name":"a","amount":{"value":"4111111111111111"}}]}`,
		`{"note":"\u0627\u200f \u05d0\u200e","names":{"at":"1763631000123"}}`,
	} {
		var f form
		if _, err := problem.Decode(httptest.NewRecorder(), request(body, "application/json"), &f); err != nil {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestHeadersWithACardNumberAreNotKept(t *testing.T) {
	r := request("{}", "application/json")
	r.Header.Set("Idempotency-Key", "order-"+card)
	if _, err := problem.RequiredKey(r); fault.KindOf(err) != fault.Invalid || err == nil || fault.Of(err).Fields[0].Name != "Idempotency-Key" {
		t.Errorf("got %v, want Invalid about the header", err)
	}
	r.Header.Set("X-Request-Id", strings.ReplaceAll(card, " ", ""))
	w := httptest.NewRecorder()
	problem.Identify(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
	if id := problem.RequestID(w); strings.Contains(id, "4111") || id == "" {
		t.Errorf("the request id is %q", id)
	}
}
