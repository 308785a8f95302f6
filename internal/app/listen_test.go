package app

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/webhook"
)

// receiver is a merchant's program under development, which verifies what it gets.
type receiver struct {
	*testing.T
	key    webhook.Key
	status int
	got    []string // type, webhook-id and status of the order
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		r.Error(err)
	}
	id, err := webhook.Verify(req.Header, body, time.Now(), r.key)
	if err != nil {
		r.Error(err)
	}
	var event struct {
		Type string
		Data struct{ Order struct{ ID, Status string } }
	}
	if err := json.Unmarshal(body, &event); err != nil || !strings.HasPrefix(id, "dlv_"+strings.TrimPrefix(event.Data.Order.ID, "ord_")+"-") {
		r.Errorf("%s: %v: %s", id, err, body)
	}
	r.got = append(r.got, event.Type+" "+event.Data.Order.Status)
	w.WriteHeader(r.status)
}

// listen returns a listener of a running till, and the receiver to which it forwards.
func listen(t *testing.T, r *running, data, after string) (*listener, *receiver, *bytes.Buffer) {
	t.Helper()
	got := &receiver{T: t, status: 204}
	target := httptest.NewServer(got)
	t.Cleanup(target.Close)
	c := listenCommand{To: target.URL + "/hooks", After: after}
	c.Data, c.Server = data, r.base
	api, err := c.connect()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	l, secret, err := c.listener(api, &out)
	if err != nil {
		t.Fatal(err)
	}
	if got.key, err = webhook.ParseKey(secret); err != nil {
		t.Fatal(err)
	}
	return l, got, &out
}

// payOne pays an order at a running till, and returns its id.
func payOne(t *testing.T, r *running, token string, quantity string) string {
	t.Helper()
	made := r.call("POST", "/miniapp/v1/orders", token, `{"items":[{"sku":"flat-white","quantity":`+quantity+`}]}`, 201)
	id := made["order"].(map[string]any)["id"].(string)
	r.decide(made["action"].(map[string]any)["paymentUrl"].(string), "pay")
	for r.call("GET", "/miniapp/v1/orders/"+id+"?wait=25s", token, "", 200)["order"].(map[string]any)["status"] != "paid" {
	}
	return id
}

func TestAListenerForwardsSignedWebhooksFromNowOn(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	token := r.signIn()
	payOne(t, r, token, "1")
	l, got, out := listen(t, r, data, "")
	var err error
	if l.after, err = newestEvent(t.Context(), l.api); err != nil {
		t.Fatal(err)
	}
	payOne(t, r, token, "2")
	if err := l.poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := "order.pending paid, order.paid paid"; strings.Join(got.got, ", ") != want {
		t.Errorf("forwarded %q, want %q", got.got, want)
	}
	if !strings.Contains(out.String(), "order.paid  204 No Content") {
		t.Errorf("printed %q", out)
	}
	if err := l.poll(t.Context()); err != nil || len(got.got) != 2 {
		t.Errorf("forwarded %q, %v, want each once", got.got, err)
	}
}

func TestAListenerSaysWhatWasNotDeliveredAndForwardsItAgain(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	payOne(t, r, r.signIn(), "1")
	l, got, out := listen(t, r, data, "")
	got.status = 500
	if err := l.poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(out.String(), "not delivered: 500 Internal Server Error; --after ")
	after, _, found := strings.Cut(after, " ")
	if !found {
		t.Fatalf("printed %q", out)
	}
	again, got, _ := listen(t, r, data, after)
	if err := again.poll(t.Context()); err != nil || len(got.got) != 2 {
		t.Errorf("forwarded %q, %v, want both again", got.got, err)
	}
}

func TestAListenerGoesOnWhenTheTillIsBack(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	l, got, out := listen(t, r, data, "")
	base := l.api.base
	l.api.base = "http://127.0.0.1:1/v1"
	if err := l.poll(t.Context()); err == nil {
		t.Fatal("a till that is away was read")
	}
	payOne(t, r, r.signIn(), "1")
	l.api.base, l.away = base, true
	if err := l.poll(t.Context()); err != nil || len(got.got) != 2 || !strings.Contains(out.String(), "the till is back") {
		t.Errorf("forwarded %q, %v, and printed %q", got.got, err, out)
	}
}

func TestAListenerForwardsToThisMachineAlone(t *testing.T) {
	if resp, err := targetClient(false).Get("http://192.0.2.1/"); err == nil || !strings.Contains(err.Error(), errNotHere.Error()) {
		t.Errorf("got %v, %v, want that the address is not dialed", resp, err)
	}
	c := listenCommand{To: "127.0.0.1:3000"}
	if _, _, err := c.listener(nil, io.Discard); err == nil {
		t.Error("a target that is no URL was taken")
	}
}
