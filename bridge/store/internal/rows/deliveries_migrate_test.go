package rows_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// TestAnAnswerIsOfTheLastAttempt also when a node of an older version, which does not know the
// columns of an answer, has made it.
func TestAnAnswerIsOfTheLastAttempt(t *testing.T) {
	onEach(t, func(t *testing.T, a *ahead) {
		s, err := a.open()
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c := storetest.NewOrder(t)
		c.Messages = []bridge.Message{{ID: "dlv_1", App: "shop", Endpoint: "end_1", Order: c.Order.ID, Sequence: 1, Type: bridge.OrderPaid, Body: []byte("{}")}}
		if _, err := s.CreateOrder(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		answer := store.Answer{Status: 500, Body: "no"}
		read := func(want store.Answer, took time.Duration) {
			t.Helper()
			list, err := s.Deliveries(t.Context(), store.DeliveryQuery{App: "shop", Limit: 1})
			if err != nil || len(list) != 1 || list[0].Answer != want || list[0].Took != took {
				t.Errorf("got %+v, %v, want %+v after %v", list, err, want, took)
			}
		}
		read(store.Answer{}, 0)
		failed := store.Delivery{Status: store.Undelivered, At: storetest.Epoch, RunAt: storetest.Epoch, Took: time.Second, Answer: answer}
		if err := s.FinishMessage(t.Context(), "dlv_1", 0, failed); err != nil {
			t.Fatal(err)
		}
		read(answer, time.Second)
		a.exec("update outbox set status = 'delivered', run_at = null, note = '', tried_at = tried_at + 5000, attempts = attempts + 1")
		read(store.Answer{}, 0)
	})
}
