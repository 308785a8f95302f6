package server_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/minitill/minitill/bridge/server"
)

// observing is a world whose observer lists the answers.
func observing(t *testing.T) (*world, *[]string) {
	list := new([]string)
	return newWorld(t, func(c *server.Config) {
		c.Observe = func(a server.Answer) {
			if a.Took < 0 {
				t.Errorf("%+v took less than no time", a)
			}
			*list = append(*list, fmt.Sprint(a.Route, " ", a.Method, " ", a.Status, " ", a.Held))
		}
	}), list
}

func TestAnswersAreObservedByRouteAndNeverByPath(t *testing.T) {
	w, list := observing(t)
	w.send("GET", "/healthz", "")
	w.send("GET", "/return/ord_unknown", "")
	w.send("GET", "/wp-login.php", "")
	w.send("DELETE", "/healthz", "")
	w.server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("PROPFIND", "/secret", nil))
	w.engine.panics = true
	w.send("GET", "/return/ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", "")
	want := []string{
		"/healthz GET 200 false", "/return/:order GET 404 false", "unmatched GET 404 false", "unmatched DELETE 405 false",
		"unmatched other 404 false", "/return/:order GET 500 false",
	}
	if !slices.Equal(*list, want) {
		t.Errorf("answers: got %q, want %q", *list, want)
	}
}

func TestAHeldAnswerIsObservedAsHeld(t *testing.T) {
	w, list := observing(t)
	o := w.engine.newOrder()
	path := "/return/" + string(o.ID) + "/status"
	w.engine.waiting = func() {
		if polls, streams := w.server.Held(); polls != 1 || streams != 0 {
			t.Errorf("while it is held: got %d long polls and %d streams, want 1 and 0", polls, streams)
		}
	}
	w.send("GET", path+"?wait=25s", "")
	w.send("GET", path, "")
	if polls, _ := w.server.Held(); polls != 0 {
		t.Errorf("afterwards %d long polls are held", polls)
	}
	if want := []string{"/return/:order/status GET 200 true", "/return/:order/status GET 200 false"}; !slices.Equal(*list, want) {
		t.Errorf("answers: got %q, want %q", *list, want)
	}
}
