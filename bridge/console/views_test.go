package console

import (
	"strings"
	"testing"
)

func TestAViewIsSavedOpenedAndRemovedByItsOperatorAlone(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.signedIn("ann", "viewer"), w.signedIn("bob", "viewer")
	ann.get("/console/orders").want(200).lacks("Save this view", "Saved views")
	ann.get("/console/orders?q=R-shop&status=pending&utc=1").want(200, "Save this view")
	a := ann.post("/console/views", "name", "Open & mine", "q", "R-shop", "status", "pending", "after", "ord_x")
	a.want(303)
	if to := a.Header().Get("Location"); to != "/console/orders?done=view&q=R-shop&status=pending" {
		t.Errorf("got %q, want the list with its filters", to)
	}
	page := ann.get("/console/orders")
	page.want(200, "Open & mine")
	if !strings.Contains(page.Body.String(), `href="/console/orders?q=R-shop&amp;status=pending"`) {
		t.Errorf("the view has no link: %s", page.Body.String())
	}
	if shown := ann.get("/console/orders?status=pending&q=R-shop"); !strings.Contains(shown.Body.String(), `status=pending" aria-current="page"`) {
		t.Error("the view that is shown is not marked")
	}
	bob.get("/console/orders").want(200).lacks("Open &amp; mine")
	bob.post("/console/views/remove", "name", "Open & mine").want(404)
	ann.post("/console/views", "name", " ").want(400)
	ann.post("/console/views/remove", "name", "Open & mine", "status", "paid").want(303)
	ann.get("/console/orders").want(200).lacks("Open &amp; mine")
}
