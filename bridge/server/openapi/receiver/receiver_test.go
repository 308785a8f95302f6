package receiver

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/signing"
)

const (
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	body   = `{"id":"evt_1","type":"order.paid","data":{"order":{"id":"ord_1","status":"paid","reference":"R-1"}}}`
)

func key(t *testing.T) webhook.Key {
	t.Helper()
	k, err := webhook.ParseKey(signing.NewSecret(secret))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWebhooksAreTakenWhenTheyAreTheTills(t *testing.T) {
	for name, c := range map[string]struct {
		age    time.Duration
		forge  bool
		refuse error
		key    *webhook.Key // the receiver's own; the endpoint's when nil
		want   int
	}{
		"signed":                   {want: 204},
		"signed and not processed": {refuse: errors.New("full"), want: 500},
		"changed on the way":       {forge: true, want: 401},
		"old":                      {age: time.Hour, want: 401},
		"signed with an empty key": {key: new(webhook.Key), want: 401},
	} {
		t.Run(name, func(t *testing.T) {
			sent := []byte(body)
			own := key(t)
			if c.key != nil {
				own = *c.key
			}
			headers := webhook.Headers("dlv_1", time.Now().Add(-c.age), sent, own)
			if c.forge {
				sent[2] = 'I'
			}
			var got Event
			h := Handler(own, func(e Event) error { got = e; return c.refuse })
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(sent))
			r.Header = headers
			w := httptest.NewRecorder()
			h(w, r)
			if c.want == 401 && !strings.Contains(w.Body.String(), "webhook") {
				t.Errorf("the answer %q does not say what is wrong", w.Body)
			}
			if w.Code != c.want || c.want == 204 && (got.Type != "order.paid" || got.Data.Order.Status != "paid") {
				t.Errorf("got %d and %+v, want %d", w.Code, got, c.want)
			}
		})
	}
}
