package receiver

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
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
		want   int
	}{
		"signed":                   {want: 204},
		"signed and not processed": {refuse: errors.New("full"), want: 500},
		"changed on the way":       {forge: true, want: 401},
		"old":                      {age: time.Hour, want: 401},
	} {
		t.Run(name, func(t *testing.T) {
			sent := []byte(body)
			headers := webhook.Headers("dlv_1", time.Now().Add(-c.age), sent, key(t))
			if c.forge {
				sent[2] = 'I'
			}
			var got Event
			h := Handler(key(t), func(e Event) error { got = e; return c.refuse })
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(sent))
			r.Header = headers
			w := httptest.NewRecorder()
			h(w, r)
			if w.Code != c.want || c.want == 204 && (got.Type != "order.paid" || got.Data.Order.Status != "paid") {
				t.Errorf("got %d and %+v, want %d", w.Code, got, c.want)
			}
		})
	}
}

// verify gives one delivery to the example in JavaScript, and prints what it finds.
const verify = `import { verify } from './receiver.mjs';
const [headers, body, secret] = JSON.parse(process.argv[1]);
try { console.log(verify(headers, Buffer.from(body), secret).type); } catch (error) { console.log(error.message); }`

func needNode(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatal("node is missing")
	}
	t.Skip("SKIPPED, nobody ran the example in JavaScript: node is not installed")
}

func TestNodeAgrees(t *testing.T) {
	needNode(t)
	for name, c := range map[string]struct {
		stamp, sent, want string
	}{
		"signed":             {"", body, "order.paid\n"},
		"changed on the way": {"", body + " ", "forged\n"},
		"old":                {"1", body, "stale\n"},
		"no time":            {"soon", body, "stale\n"},
	} {
		h := webhook.Headers("dlv_1", time.Now(), []byte(body), key(t))
		headers := map[string]string{
			"webhook-id": h.Get("webhook-id"), "webhook-timestamp": h.Get("webhook-timestamp"),
			// another version may stand before ours
			"webhook-signature": "v2,AAAA " + h.Get("webhook-signature"),
		}
		if c.stamp != "" {
			headers["webhook-timestamp"] = c.stamp
		}
		given, err := json.Marshal([]any{headers, c.sent, secret})
		if err != nil {
			t.Fatal(err)
		}
		got, err := exec.Command("node", "--input-type=module", "-e", verify, string(given)).CombinedOutput()
		if string(got) != c.want {
			t.Errorf("%s: got %s, want %s (%v)", name, strconv.Quote(string(got)), strconv.Quote(c.want), err)
		}
	}
}
