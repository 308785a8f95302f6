package demo

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxHold   = 20 * time.Second       // of an answer without new events
	pollEvery = 150 * time.Millisecond // the demo has few visitors
)

// serveEvents answers with the events after ?after=, at once when there are some.
func (d *demo) serveEvents(w http.ResponseWriter, r *http.Request) {
	order := r.PathValue("order")
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer || d.cfg.Allow == nil || !d.cfg.Allow(r.Context(), order, token) {
		http.Error(w, "The order's token opens its events.", http.StatusUnauthorized)
		return
	}
	after, _ := strconv.ParseInt(r.FormValue("after"), 10, 64)
	events, err := d.eventsAfter(r.Context(), order, after)
	if err != nil {
		http.Error(w, "The events could not be read.", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string][]Event{"events": events})
}

// eventsAfter waits for events, for maxHold at most.
func (d *demo) eventsAfter(ctx context.Context, order string, after int64) ([]Event, error) {
	enough := time.NewTimer(maxHold)
	defer enough.Stop()
	again := time.NewTicker(pollEvery)
	defer again.Stop()
	for {
		all, err := d.cfg.Events(ctx, order)
		if news := newer(all, after); err != nil || len(news) > 0 {
			return news, err
		}
		select {
		case <-again.C:
		case <-enough.C:
			return []Event{}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func newer(all []Event, after int64) []Event {
	news := []Event{}
	for _, e := range all {
		if e.Sequence > after {
			news = append(news, e)
		}
	}
	return news
}
