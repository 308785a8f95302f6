package merchant_test

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/store"
)

// A reader before the horizon learns where the archive is and where the feed goes on, and
// from there it has no gap.
func TestTheFeedBeforeTheHorizonNamesTheArchive(t *testing.T) {
	w := newWorld(t, func(c *merchant.Config) { c.Archive = "s3://archive.example/till" })
	o := w.life(w.engine.newOrder("shop"))
	w.engine.horizon = store.ArchiveFile{Number: 1, Last: bridge.EventKey{Order: o.ID, Sequence: 4}}
	for _, path := range []string{"/events", "/orders/" + string(o.ID) + "/events"} {
		for _, query := range []string{"", "?after=" + evt(o, 1), "?after=" + evt(o, 3)} {
			body := w.call("GET", path+query, "").Want(410)
			detail, _ := at(body, "detail").(string)
			if body["code"] != "expired" || !strings.Contains(detail, "s3://archive.example/till") || !strings.Contains(detail, "after "+evt(o, 4)) {
				t.Errorf("%s%s: got %v", path, query, body)
			}
			if at(body, "errors", 0, "field") != "after" {
				t.Errorf("%s%s: got the errors %v, want one about after", path, query, body["errors"])
			}
		}
		body := w.call("GET", path+"?after="+evt(o, 4), "").Want(200)
		if at(body, "events", 0, "id") != evt(o, 5) {
			t.Errorf("%s after the horizon: got %v, want %s first", path, at(body, "events", 0, "id"), evt(o, 5))
		}
	}
}
