package console

import (
	"testing"
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
