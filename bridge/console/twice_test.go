package console

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/console/operator"
)

var inviteLink = regexp.MustCompile(`/console/join\?token=([A-Za-z0-9_%-]+)`)

// invitation is the token of the link that a page shows.
func (a answer) invitation() string {
	a.world.Helper()
	m := inviteLink.FindStringSubmatch(a.text())
	if m == nil {
		a.world.Fatalf("the page shows no link: %s", a.text())
	}
	token, _ := url.QueryUnescape(m[1])
	return token
}

func (w *world) named(name string) *operator.Operator {
	w.Helper()
	o, err := w.operators.Book.Named(w.Context(), name)
	w.must(nil, err)
	return &o
}

func TestAnOperatorIsAddedOnceByAFormThatIsSentTwice(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("adm", "admin")
	key := b.get("/console/operators").want(200).formKey()
	token := b.post("/console/operators", "key", key, "name", "bob", "role", "admin").want(201).invitation()
	for _, name := range []string{"bob", "eve"} { // the second was edited on the page that Back shows
		b.post("/console/operators", "key", key, "name", name, "role", "admin").want(409, "added already").lacks("token=")
	}
	b.post("/console/operators", "key", newKey(), "name", "bob", "role", "admin").want(409, "of this name already")
	if _, err := w.operators.Invitation(t.Context(), token); err != nil {
		t.Errorf("the link that was shown does not work: %v", err)
	}
	if list, err := w.operators.Book.List(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("there are %d operators, %v, want adm and bob", len(list), err)
	}
	b.post("/console/operators", "name", "eve", "role", "admin").want(400, "Key is missing")
}

// TestALinkOfAFormThatIsSentAgainDoesNotEndThePassword sends forms again as a browser does that
// restores its pages, after the operator has joined with the link.
func TestALinkOfAFormThatIsSentAgainDoesNotEndThePassword(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("adm", "admin")
	b.post("/console/operators", "key", newKey(), "name", "bob", "role", "admin").want(201)
	reset := "/console/operators/" + w.named("bob").ID + "/reset"
	older, key := newKey(), b.get("/console/operators").want(200).formKey()
	token := b.post(reset, "key", key).want(201).invitation()
	v, err := w.operators.Invitation(t.Context(), token)
	w.must(nil, err)
	_, _, err = w.operators.Join(t.Context(), operator.Join{Token: token, Password: password, Sealed: v.Sealed})
	w.must(nil, err)
	for _, again := range []string{key, older} {
		b.post(reset, "key", again).want(409, "sent already, or a newer one").lacks("token=")
	}
	b.post(reset).want(400, "Key is missing")
	if !w.named("bob").SignsIn() {
		t.Error("a form that was sent again has ended the password")
	}
	w.clock.Advance(time.Second)
	b.post(reset, "key", newKey()).want(201, "Give this link to bob")
	if w.named("bob").SignsIn() {
		t.Error("a new form has not ended the password")
	}
}

func TestAReplayOfAFormThatIsSentTwiceIsOne(t *testing.T) {
	w := newWorld(t)
	w.deadLetters(1)
	w.clock.Advance(time.Minute)
	b := w.signedIn("sup", "support")
	form := []string{"key", b.get("/console/webhooks?replay-endpoint=whe_1").want(200).formKey(), "replay-endpoint", "whe_1", "reason", "it is back"}
	b.post("/console/webhooks/replay", form...).want(303)
	for range 2 { // to its end
		w.must(nil, w.console.RunOnce(t.Context()))
	}
	b.post("/console/webhooks/replay", form...).want(303)
	list, err := w.console.bulks(t.Context(), bulkDocument)
	if w.must(nil, err); len(list) != 1 || list[0].Open() {
		t.Errorf("got %+v, want one replay that has ended", list)
	}
	b.post("/console/webhooks/replay", "replay-endpoint", "whe_1", "reason", "x").want(400, "Key is missing")
}

func TestTwoOperatorsAndTwoAppsShareNoForm(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.signedIn("ann", "admin", "admin@club"), w.signedIn("bob", "admin")
	form := []string{"key", newKey(), "name", "x", "scope", "read", "days", "30"}
	ann.post("/console/keys?app=shop", form...).want(201)
	ann.post("/console/keys?app=club", form...).want(201)
	bob.post("/console/keys", form...).want(201)
	ann.post("/console/keys?app=club", form...).want(409)
}

func TestAViewThatIsSavedTwiceIsOne(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("ann", "viewer")
	for range 2 {
		b.post("/console/views", "name", "Late", "status", "paid").want(303)
	}
	if n := strings.Count(b.get("/console/orders").want(200).Body.String(), `<span class="view">`); n != 1 {
		t.Errorf("got %d views, want one", n)
	}
}
