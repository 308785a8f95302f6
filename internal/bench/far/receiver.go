package far

import (
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"
)

// Receiver is a merchant's backend that takes webhooks. While it is held it sends no answer.
type Receiver struct {
	*Server
	hung chan struct{} // closed when the receiver closes

	mu    sync.Mutex
	gate  chan struct{}        // closed when the endpoints at /good answer
	since map[string]time.Time // the orders whose payment was received, and when
	news  chan struct{}        // closed and made anew by each delivery
}

// StartReceiver starts a receiver that is held when held is true. Its endpoints below /good
// answer when it is not held, those below /hang never do.
func StartReceiver(held bool) (*Receiver, error) {
	r := &Receiver{gate: make(chan struct{}), hung: make(chan struct{}), since: map[string]time.Time{}, news: make(chan struct{})}
	if !held {
		close(r.gate)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /good/", r.take)
	mux.HandleFunc("POST /hang/", r.hang)
	var err error
	r.Server, err = Serve(mux)
	return r, err
}

func (r *Receiver) hang(_ http.ResponseWriter, req *http.Request) {
	_, _ = io.Copy(io.Discard, req.Body)
	select {
	case <-req.Context().Done():
	case <-r.hung:
	}
}

func (r *Receiver) take(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	select {
	case <-r.gate:
	case <-req.Context().Done():
		return
	case <-r.hung:
		return
	}
	var event struct {
		Data struct {
			Order struct{ ID string }
		}
	}
	_ = json.Unmarshal(body, &event)
	r.note(req.URL.Path + " " + event.Data.Order.ID)
	w.WriteHeader(http.StatusNoContent)
}

func (r *Receiver) note(delivery string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, twice := r.since[delivery]; !twice {
		r.since[delivery] = time.Now()
	}
	close(r.news)
	r.news = make(chan struct{})
}

// Release lets the endpoints below /good answer.
func (r *Receiver) Release() { close(r.gate) }

// Received returns when the deliveries came, by endpoint and order, and a channel that is
// closed by the next one.
func (r *Receiver) Received() (int, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.since), r.news
}

// At returns when the webhook about an order came to an endpoint, and false when it has not.
func (r *Receiver) At(endpoint, order string) (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, there := r.since[endpoint+" "+order]
	return at, there
}

// Close ends the receiver.
func (r *Receiver) Close() {
	close(r.hung)
	r.Server.Close()
}
