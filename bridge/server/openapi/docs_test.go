package openapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	Docs("https://pay.example/till/").ServeHTTP(w, r)
	return w
}

func TestTheDocumentIsServedWithTheAddressOfItsServer(t *testing.T) {
	w := get(t, "/openapi.json")
	var document struct {
		OpenAPI string
		Servers []struct{ URL string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	if document.OpenAPI != "3.1.0" || len(document.Servers) != 1 || document.Servers[0].URL != "https://pay.example/till" {
		t.Errorf("got %+v", document)
	}
	if again := get(t, "/openapi.json", "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("requested again, got %d", again.Code)
	}
}

func TestThePageHasEveryCall(t *testing.T) {
	w := get(t, "/docs")
	body := w.Body.String()
	paths := document().object("paths")
	for _, path := range paths.names {
		for _, method := range paths.object(path).names {
			if id := paths.object(path).object(method).text("operationId"); id != "" && !strings.Contains(body, `<article class="call" id="`+id+`"`) {
				t.Errorf("%s %s is not on the page", method, path)
			}
		}
	}
	for _, words := range []string{
		"curl https://pay.example/till/v1/orders", "webhook.Verify(", "timingSafeEqual", `id="order.attention"`, "key_reused", "required",
	} {
		if !strings.Contains(body, words) {
			t.Errorf("the page does not have %q", words)
		}
	}
}

func TestNothingOfThePageIsInline(t *testing.T) {
	w := get(t, "/docs")
	for _, forbidden := range []string{"<style", " style=", "<script>", " onclick=", "https://cdn"} {
		if strings.Contains(w.Body.String(), forbidden) {
			t.Errorf("the page has %s", forbidden)
		}
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the policy is %q", policy)
	}
}

func TestLinksWithinThePageLeadSomewhere(t *testing.T) {
	body := get(t, "/docs").Body.String()
	ids := map[string]int{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(body, -1) {
		ids[m[1]]++
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%d elements are called %s", n, id)
		}
	}
	for _, m := range regexp.MustCompile(` href="#([^"]+)"`).FindAllStringSubmatch(body, -1) {
		if ids[m[1]] == 0 {
			t.Errorf("nothing is at #%s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?:href|src)="(docs/[^"]+)"`).FindAllStringSubmatch(body, -1) {
		if got := get(t, "/till/"+m[1]); got.Code != http.StatusOK {
			t.Errorf("%s answers %d", m[1], got.Code)
		}
	}
}

func TestASlashBehindThePageLeadsToIt(t *testing.T) {
	if w := get(t, "/till/docs/"); w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != "../docs" {
		t.Errorf("got %d %q", w.Code, w.Header().Get("Location"))
	}
	if w := get(t, "/docs/assets/none.js"); w.Code != http.StatusNotFound {
		t.Errorf("got %d", w.Code)
	}
}

func TestExamplesCanBeRun(t *testing.T) {
	b := &builder{public: "https://till.example", listed: map[string]bool{}}
	paths := document().object("paths")
	const path = "/v1/orders/{id}/refunds"
	c := b.call(path, paths.object(path), "post")
	want := `curl https://till.example/v1/orders/ord_01KAGD3Z8Q9M5X7T2V4B6N8C0R/refunds \
  -H "Authorization: Bearer $TILL_KEY" \
  -H "Idempotency-Key: $(uuidgen)" \
  -H 'Content-Type: application/json' \
  -d '{
    "amount": {"currency": "USD", "decimal": "3.30"},
    "reason": "One cup was cold"
  }'`
	if got := c.Snippets[0].Text; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	quoted := &shot{call: &call{Method: "POST"}, url: "u", body: (&object{}).set("a", "it's")}
	if got := quoted.curl(); !strings.Contains(got, `it'\''s`) {
		t.Errorf("a quote ends the body: %s", got)
	}
	if got := script((&object{}).set("a", `"b": it's`), 0); got != `{a: "\"b\": it's"}` {
		t.Errorf("got %s", got)
	}
}

func TestProseIsEscaped(t *testing.T) {
	if got := prose("a <b> & `<c>`\n\n**d**"); got != `<p>a &lt;b&gt; &amp; <code class="code">&lt;c&gt;</code></p><p><strong>d</strong></p>` {
		t.Errorf("got %s", got)
	}
}

func TestTheOrderOfMembersIsKept(t *testing.T) {
	o, err := parse([]byte("z: 1\na: {y: '<&>', b: [true, null]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(asJSON(o)); got != `{"z":1,"a":{"y":"<&>","b":[true,null]}}` {
		t.Errorf("got %s", got)
	}
	for _, bad := range []string{"a: 1\na: 2\n", "- a\n", "a: [\n"} {
		if _, err := parse([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a document", bad)
		}
	}
}
