package console

import (
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store"
)

func TestADeliveryIsShownAndItsContentOnlyWhenRevealed(t *testing.T) {
	w := newWorld(t)
	w.sealing()
	adm := w.signedIn("adm", "admin")
	adm.post("/console/endpoints", "key", "k", "url", "https://shop.example/hooks").want(201)
	o := w.order("shop")
	list := w.deliveries()
	if len(list) == 0 {
		t.Fatal("there is no delivery")
	}
	d := list[0]
	b := w.signedIn("sup", "support")
	b.get("/console/deliveries/"+d.ID).want(200, string(o.ID), "POST https://shop.example/hooks", "webhook-id: "+d.ID, "not tried yet", "Show the content").lacks("payer-7", "whsec_")
	b.post("/console/deliveries/"+d.ID+"/reveal").want(200, string(o.ID), `"type":`)
	if e := w.audit()[0]; e.Action != "personal.see" || e.Subject != d.ID {
		t.Errorf("the audit log has %+v", e)
	}
	w.signedIn("eye", "viewer").get("/console/deliveries/" + d.ID).want(200).lacks("Show the content")
	w.signedIn("other", "support@club").get("/console/deliveries/" + d.ID).want(404)
	w.signedIn("other2", "support@club").post("/console/deliveries/" + d.ID + "/reveal").want(404)
}

// TestAnAnswerIsShownToThoseWhoMaySeePayers only when they ask for it, and as text.
func TestAnAnswerIsShownToThoseWhoMaySeePayers(t *testing.T) {
	w := newWorld(t)
	w.deadLetters(1)
	d := w.deliveries()[0]
	w.finish(d.ID, 1250*time.Millisecond, store.Answer{Status: 502, Body: "<script>alert(1)</script> no payer-7 \xff {\"api_token\":\"t-1\"}"})
	path := "/console/deliveries/" + d.ID
	b := w.signedIn("sup", "support")
	b.get(path).want(200, "HTTP 502", "1250 ms", "Show what the endpoint wrote").lacks("alert(1)", "payer-7")
	before := len(w.audit())
	shown := b.post(path+"/reveal").want(200, "no payer-7 \uFFFD", "[redacted]").lacks("<script>alert", "t-1")
	if !strings.Contains(shown.Body.String(), "&lt;script&gt;alert(1)") {
		t.Errorf("the page lacks the answer as text: %s", shown.text())
	}
	if log := w.audit(); len(log) != before+1 || log[0].Action != "personal.see" || log[0].Subject != d.ID {
		t.Errorf("the audit log has %+v", log[0])
	}
	w.signedIn("eye", "viewer").get(path).want(200, "HTTP 502", "1250 ms").lacks("Show what", "alert(1)", "payer-7")
	w.signedIn("eye", "viewer").post(path + "/reveal").want(403).lacks("payer-7")
	w.signedIn("adm", "admin").post(path + "/reveal").want(403).lacks("payer-7")
}

// finish stores an answer as that to the next attempt, after which the message is dead.
func (w *world) finish(id string, took time.Duration, answer store.Answer) {
	w.Helper()
	_, err := w.store.ReplayMessage(w.Context(), "shop", id, w.clock.Now(), nil)
	w.must(nil, err)
	w.must(nil, w.store.FinishMessage(w.Context(), id, 0, store.Delivery{Status: store.Dead, Note: "HTTP 502", At: w.clock.Now(), Took: took, Answer: answer}))
}
