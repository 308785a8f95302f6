package receiver

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/minitill/minitill/bridge/webhook"
)

// Event is what of a webhook this backend looks at.
type Event struct {
	ID, Type string
	Data     struct {
		Order struct{ ID, Status, Reference string }
	}
}

// Handler verifies each webhook with the endpoint's key, which webhook.ParseKey reads,
// and gives it to take, some more than once. An error from take has the till send it
// again.
func Handler(key webhook.Key, take func(Event) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		if _, err := webhook.Verify(r.Header, body, time.Now(), key); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		var event Event
		if err := json.Unmarshal(body, &event); err != nil || take(event) != nil {
			http.Error(w, "try again", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}
