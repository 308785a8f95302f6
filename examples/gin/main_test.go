package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/signing"
)

// visitor is a browser at the shop, with its own cookies.
type visitor struct {
	*testing.T
	*http.Client
	base  string
	token string // of the till's session
}

// startShop runs the shop until the test ends.
func startShop(t *testing.T) (base, data string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	data = filepath.Join(t.TempDir(), "data")
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, data, true) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the shop ended with %v, want nil", err)
		}
	})
	return "http://" + listener.Addr().String(), data
}

func newVisitor(t *testing.T, base string) *visitor {
	jar, _ := cookiejar.New(nil)
	return &visitor{T: t, base: base, Client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// send sends a request and reads a JSON answer of that status.
func (v *visitor) send(method, path, body string, status int, headers ...string) map[string]any {
	v.Helper()
	req, err := http.NewRequest(method, v.base+path, strings.NewReader(body))
	if err != nil {
		v.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", "one")
	if v.token != "" {
		req.Header.Set("Authorization", "Bearer "+v.token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := v.Do(req)
	if err != nil {
		v.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		v.Fatalf("%s %s: got %d: %s, %v, want %d", method, path, resp.StatusCode, text, err, status)
	}
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil && len(text) > 0 {
		v.Fatal(err)
	}
	return answer
}

// signIn signs in to the shop, and then to the till without naming a payer.
func (v *visitor) signIn(customer string) {
	v.Helper()
	v.send("POST", "/login", url.Values{"customer": {customer}}.Encode(), http.StatusNoContent, "Content-Type", "application/x-www-form-urlencoded")
	session := v.send("POST", "/pay/miniapp/v1/sessions", `{}`, http.StatusCreated)
	if got := session["payer"].(map[string]any)["id"]; got != customer {
		v.Errorf("the till's payer is %v, want the shop's customer %s", got, customer)
	}
	v.token = session["token"].(string)
}

// buys buys two things, pays, and waits until the till reports it paid. It returns the order's id.
func (v *visitor) buys() string {
	v.Helper()
	created := v.send("POST", "/pay/miniapp/v1/orders", `{"items":[{"sku":"tea","quantity":1},{"sku":"bun","quantity":1}]}`, http.StatusCreated)
	order := created["order"].(map[string]any)
	if got := order["amount"].(map[string]any)["decimal"]; got != "5.00" {
		v.Errorf("two of them cost %v, want 5.00", got)
	}
	resp, err := v.PostForm(created["action"].(map[string]any)["paymentUrl"].(string), url.Values{"outcome": {"pay"}})
	if err != nil {
		v.Fatal(err)
	}
	resp.Body.Close()
	id := order["id"].(string)
	for range 3 { // each request waits for a change
		if v.send("GET", "/pay/miniapp/v1/orders/"+id+"?wait=25s", "", http.StatusOK)["order"].(map[string]any)["status"] == "paid" {
			return id
		}
	}
	v.Fatal("the order was not paid")
	return ""
}

// backend is a merchant's server that receives webhooks.
type backend struct {
	*httptest.Server
	received chan []byte
	key      atomic.Pointer[webhook.Key]
}

func newBackend(t *testing.T) *backend {
	b := &backend{received: make(chan []byte, 99)}
	b.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, err := webhook.Verify(r.Header, body, time.Now(), *b.key.Load()); err != nil {
			t.Errorf("a webhook cannot be verified: %v", err)
		}
		b.received <- body
	}))
	t.Cleanup(b.Close)
	return b
}

func TestTheShopsCustomerPaysAndGetsTheParcel(t *testing.T) {
	base, data := startShop(t)
	ann, bob := newVisitor(t, base), newVisitor(t, base)
	ann.send("POST", "/pay/miniapp/v1/sessions", `{}`, http.StatusUnauthorized) // not signed in to the shop
	office := newVisitor(t, base)
	office.token = office.apiKey(data)
	backend := newBackend(t)
	secret := office.send("POST", "/pay/v1/webhook-endpoints", `{"url":"`+backend.URL+`"}`, http.StatusCreated)["secret"].(string)
	key, err := webhook.ParseKey(signing.NewSecret(secret))
	if err != nil {
		t.Fatal(err)
	}
	backend.key.Store(&key)

	ann.signIn("ann")
	bob.signIn("bob")
	order := ann.buys()
	bob.send("GET", "/pay/miniapp/v1/orders/"+order, "", http.StatusNotFound)
	ann.waitForParcel(order)
	if parcels := bob.send("GET", "/parcels", "", http.StatusOK); len(parcels) != 0 {
		t.Errorf("bob sees the parcels %v, want none", parcels)
	}

	shown := office.send("GET", "/pay/v1/orders/"+order, "", http.StatusOK)
	if payer := shown["payer"].(map[string]any)["id"]; payer != "ann" {
		t.Errorf("the back office sees the payer %v, want ann", payer)
	}
	deliveries := office.send("GET", "/pay/v1/deliveries?endpoint=sub_ship", "", http.StatusOK)["deliveries"].([]any)
	if len(deliveries) != 1 || deliveries[0].(map[string]any)["order"] != order {
		t.Errorf("the back office sees %v, want the one event of the subscription", deliveries)
	}
	for {
		select {
		case body := <-backend.received:
			if bytes.Contains(body, []byte(`"order.paid"`)) {
				return
			}
		case <-time.After(time.Minute):
			t.Fatal("the backend received no webhook of the paid order")
		}
	}
}

// apiKey is the key that the shop has written for the back office.
func (v *visitor) apiKey(data string) string {
	v.Helper()
	v.send("GET", "/parcels", "", http.StatusOK) // the shop answers: the key is there
	text, err := os.ReadFile(filepath.Join(data, "api.key"))
	if err != nil {
		v.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func (v *visitor) waitForParcel(order string) {
	v.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(time.Minute); ; {
		if v.send("GET", "/parcels", "", http.StatusOK)[order] == "ann" {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			v.Fatal("the parcel was not sent")
		}
	}
}
