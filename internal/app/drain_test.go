package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge/server"
)

func TestANodeDrainsForItsTimeOrUntilTheSecondSignal(t *testing.T) {
	signaled := func(after time.Duration) <-chan struct{} {
		hurry := make(chan struct{})
		time.AfterFunc(after, func() { close(hurry) })
		return hurry
	}
	for name, x := range map[string]struct{ wait, second, want time.Duration }{
		"one signal":           {5 * time.Second, time.Hour, 5 * time.Second},
		"two signals":          {5 * time.Second, 2 * time.Second, 2 * time.Second},
		"no time to drain for": {0, time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &node{server: &server.Server{}, log: slog.New(slog.DiscardHandler), wait: x.wait, hurry: signaled(x.second)}
				began := time.Now()
				n.drain()
				if took := time.Since(began); took != x.want {
					t.Errorf("the node drained for %v, want %v", took, x.want)
				}
			})
		})
	}
}

// TestConnectionsEndWhileANodeDrains, each after its answer, so that callers that keep
// connections open reach another node.
func TestConnectionsEndWhileANodeDrains(t *testing.T) {
	n := &node{}
	h := n.closeWhileLeaving(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, leaving := range []bool{false, true} {
		n.leaving.Store(leaving)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if closed := w.Header().Get("Connection") == "close"; closed != leaving {
			t.Errorf("leaving %t: the connection is closed: %t", leaving, closed)
		}
	}
}
