package console

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/signing"
)

// sealing gives a console the sealer of secrets.
func (w *world) sealing() *signing.Sealer {
	w.Helper()
	sealer, err := signing.NewSealer(signing.GenerateSealingKey())
	if err != nil {
		w.Fatal(err)
	}
	w.console.sealer = sealer
	return sealer
}

func (w *world) endpoints() []store.Endpoint {
	w.Helper()
	list, _, err := w.store.Endpoints(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return list
}

var secretText = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`)

// secret is the secret that a page shows.
func (a answer) secret() string {
	a.world.Helper()
	got := secretText.FindString(a.text())
	if got == "" {
		a.world.Fatalf("the page shows no secret: %s", a.text())
	}
	return got
}

// formKey is the key of the forms of a page.
func (a answer) formKey() string {
	a.world.Helper()
	m := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(a.Body.String())
	if m == nil {
		a.world.Fatalf("the page has no form: %s", a.text())
	}
	return m[1]
}

func TestAnEndpointIsCreatedOnceAndItsSecretShownOnce(t *testing.T) {
	w := newWorld(t)
	sealer := w.sealing()
	b := w.signedIn("adm", "admin")
	form := []string{"key", b.get("/console/endpoints").want(200).formKey(), "url", "https://shop.example/hooks", "description", "Orders", "event", "order.paid"}
	secret := b.post("/console/endpoints", form...).want(201, "https://shop.example/hooks").secret()
	list := w.endpoints()
	if len(list) != 1 || list[0].App != "shop" || len(list[0].Events) != 1 {
		t.Fatalf("the store has %+v", list)
	}
	opened, err := sealer.Open(list[0].Secret, webhook.SecretContext(list[0].ID))
	if err != nil || string(opened) != secret {
		t.Errorf("the secret that is shown is not the one that signs: %v", err)
	}
	b.post("/console/endpoints", form...).want(409, "applied already").lacks("whsec_")
	b.get("/console/endpoints").want(200, "Order paid", "hidden").lacks("whsec_")
	if n := len(w.endpoints()); n != 1 {
		t.Errorf("a form that was sent twice made %d endpoints", n)
	}
}

func TestAnAddressThatTheAPIRefusesIsRefused(t *testing.T) {
	w := newWorld(t)
	w.sealing()
	b := w.signedIn("adm", "admin")
	for address, why := range map[string]string{
		"http://shop.example/hooks": "https", "https://127.0.0.1/hooks": "private", "https://user:word@shop.example/": "credentials", "": "", "no address": "",
	} {
		b.post("/console/endpoints", "key", "k", "url", address).want(400, "Url", why).lacks("whsec_")
	}
	b.post("/console/endpoints", "key", "k", "url", "https://shop.example/", "description", strings.Repeat("x", 257)).want(400, "too long")
	if n := len(w.endpoints()); n != 0 {
		t.Errorf("there are %d endpoints", n)
	}
}

func TestASecretIsRotatedOnceAndTheOldOneSignsForTheOverlap(t *testing.T) {
	w := newWorld(t)
	sealer := w.sealing()
	b := w.signedIn("adm", "admin")
	old := b.post("/console/endpoints", "key", "k", "url", "https://shop.example/hooks").secret()
	id := w.endpoints()[0].ID
	rotate := func(form ...string) answer { return b.post("/console/endpoints/"+id+"/rotate", form...) }
	rotate("key", "r", "hours", "24").want(400, "Reason")
	rotate("key", "r", "hours", "169", "reason", "leak").want(400, "0 to 168")
	fresh := rotate("key", "r", "hours", "24", "reason", "leak").want(201).secret()
	rotate("key", "r", "hours", "24", "reason", "leak").want(409, "applied already")
	e := w.endpoints()[0]
	now, err := sealer.Open(e.Secret, webhook.SecretContext(id))
	before, err2 := sealer.Open(e.Previous, webhook.SecretContext(id))
	if err != nil || err2 != nil || string(now) != fresh || string(before) != old || !e.PreviousUntil.Equal(w.clock.Now().Truncate(time.Millisecond).Add(24*time.Hour)) {
		t.Errorf("after two presses the endpoint has %+v, want the new secret and the first one beside it", e)
	}
	if a := w.audit()[1]; a.Action != "endpoints.manage" || a.Subject != id || a.Reason != "secret rotated: leak" || a.Outcome != "done" {
		t.Errorf("the audit log has %+v", a)
	}
	w.signedIn("other", "admin@club").post("/console/endpoints/"+id+"/rotate", "key", "x", "hours", "0", "reason", "leak").want(404)
}

func TestAnEndpointIsDisabledAndEnabledForAReason(t *testing.T) {
	w := newWorld(t)
	w.sealing()
	b := w.signedIn("adm", "admin")
	b.post("/console/endpoints", "key", "k", "url", "https://shop.example/hooks").want(201)
	id := w.endpoints()[0].ID
	b.post("/console/endpoints/"+id+"/disable", "disabled", "1").want(400)
	b.post("/console/endpoints/"+id+"/disable", "disabled", "1", "reason", "moving").want(303)
	if !w.endpoints()[0].Disabled {
		t.Error("the endpoint is enabled")
	}
	b.get("/console/endpoints").want(200, "Disabled", "Enable")
	b.post("/console/endpoints/"+id+"/disable", "reason", "moved").want(303)
	if w.endpoints()[0].Disabled {
		t.Error("the endpoint is disabled")
	}
	b.post("/console/endpoints/whe_none/disable", "reason", "x").want(404)
}
