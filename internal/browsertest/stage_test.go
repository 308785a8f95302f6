package browsertest

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge/server/pages"
	"github.com/minitill/minitill/wallet"
)

// stage plays the till for pages that change: orders begin pending and become what a
// script sets.
type stage struct {
	mu      sync.Mutex
	status  map[string]wallet.Status
	changed chan struct{} // closed at the next change
}

func newStage() *stage {
	return &stage{status: make(map[string]wallet.Status), changed: make(chan struct{})}
}

func (s *stage) mount(mux *http.ServeMux) {
	mux.HandleFunc("GET /live/payment/{order}", func(w http.ResponseWriter, r *http.Request) {
		v := s.view(r)
		if v.open() {
			v.Action = payAction
		}
		pages.Payment(w, r, v.View)
	})
	mux.HandleFunc("GET /live/return/{order}", func(w http.ResponseWriter, r *http.Request) { pages.Return(w, r, s.view(r).View) })
	mux.HandleFunc("GET /live/unopened/{order}", func(w http.ResponseWriter, r *http.Request) {
		v := s.view(r)
		v.Opens = v.open()
		pages.Payment(w, r, v.View)
	})
	mux.HandleFunc("POST /live/unopened/{order}", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("open") == "1" {
			s.set(r.PathValue("order"), wallet.Paid)
		}
		http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
	})
	mux.HandleFunc("GET /live/status", s.answer)
	mux.HandleFunc("POST /set", func(_ http.ResponseWriter, r *http.Request) {
		s.set(r.FormValue("order"), wallet.Status(r.FormValue("status")))
	})
}

type stageView struct{ pages.View }

func (v stageView) open() bool { return v.Order.Status == wallet.Pending }

func (s *stage) view(r *http.Request) stageView {
	name := r.PathValue("order")
	status, _ := s.get(name)
	v := viewed(order(status), nil)
	v.StatusURL = "/live/status?order=" + name
	v.ContinueURL = "http://" + r.Host + "/shop?order=" + name
	v.RefreshAfter = 1
	return stageView{v}
}

func (s *stage) get(name string) (wallet.Status, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if status, ok := s.status[name]; ok {
		return status, s.changed
	}
	return wallet.Pending, s.changed
}

func (s *stage) set(name string, status wallet.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status[name] = status
	close(s.changed)
	s.changed = make(chan struct{})
}

// answer is the status, when it is no longer pending or the wait ends.
func (s *stage) answer(w http.ResponseWriter, r *http.Request) {
	wait, _ := time.ParseDuration(r.FormValue("wait"))
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	status, changed := s.get(r.FormValue("order"))
	for status == wallet.Pending && ctx.Err() == nil {
		select {
		case <-changed:
		case <-ctx.Done():
		}
		status, changed = s.get(r.FormValue("order"))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"order": map[string]any{"status": status, "attention": []string{}}})
}
