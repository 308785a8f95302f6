package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/signing"
)

// refused runs a command that must fail, and returns what it printed.
func refused(t *testing.T, code int, args ...string) string {
	t.Helper()
	var out, faults bytes.Buffer
	if got := Main(context.Background(), Env{Args: args, Out: &out, Err: &faults}); got != code {
		t.Errorf("%v: exit code %d, want %d: %s%s", args, got, code, &out, &faults)
	}
	return faults.String()
}

// wantMatches matches the output of a command with patterns, in order.
func wantMatches(t *testing.T, output string, patterns ...string) {
	t.Helper()
	rest := output
	for _, p := range patterns {
		at := regexp.MustCompile(p).FindStringIndex(rest)
		if at == nil {
			t.Fatalf("the output is\n%s\nwithout %s", output, p)
		}
		rest = rest[at[1]:]
	}
}

func TestAnOperatorFindsRefundsAndReplays(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	at := []string{"--data", data, "--server", r.base}
	on := func(args ...string) []string { return append(args, at...) }
	token := r.signIn()
	created := r.call("POST", "/miniapp/v1/orders", token, twoCoffees, 201)
	id := created["order"].(map[string]any)["id"].(string)
	r.decide(created["action"].(map[string]any)["paymentUrl"].(string), "pay")
	r.awaitStatus(token, id, "paid")

	wantMatches(t, command(t, on("orders", "--status", "paid")...), `ORDER +STATUS`, id+` +paid +\d+\.\d\d USD`)
	if output := command(t, on("orders", "--status", "failed")...); strings.Contains(output, id) {
		t.Errorf("among the failed: %s", output)
	}
	wantMatches(t, command(t, on("refund", id, "1.25", "--reason", "too cold")...), `rfd_\S+  succeeded  1\.25 USD`)
	wantMatches(t, command(t, on("orders", id)...), id+`  paid`, `refunded 1\.25`, `PAYMENT`, `pay_\S+ +sandbox +paid`,
		`refund of 1\.25 +succeeded`, `order\.created +client`, `order\.paid +(notification|query)`, `refund\.succeeded +(wallet|notification)`)
	var o map[string]any
	if err := json.Unmarshal([]byte(command(t, on("orders", id, "--json")...)), &o); err != nil || o["id"] != id {
		t.Errorf("as JSON: %v, %v", o, err)
	}
	command(t, on("refund", id)...)
	wantMatches(t, refused(t, 1, on("refund", id)...), `Nothing is left to refund \(409 conflict, req_`, `--idempotency-key \S+`)
	wantMatches(t, refused(t, 1, on("refund", id, "1.255")...), `1\.255`)
	wantMatches(t, refused(t, 1, on("orders", "ord_none")...), `There is no such order \(404 not_found`)
	wantMatches(t, refused(t, 1, on("orders", "--from", "yesterday")...), `\n  from: `)

	// The endpoint refuses every delivery at first.
	takes := make(chan string, 8)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { takes <- r.Header.Get("Webhook-Id") }))
	defer hook.Close()
	key, err := os.ReadFile(filepath.Join(data, apiKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	r.call("POST", "/v1/webhook-endpoints", strings.TrimSpace(string(key)), `{"url":"`+hook.URL+`"}`, 201)
	r.call("POST", "/miniapp/v1/orders", token, `{"items":[{"sku":"cold-brew","quantity":1}]}`, 201)
	delivery := <-takes
	// While an attempt is in progress, a replay does not add another one.
	var shown map[string]any
	for shown["status"] != "delivered" {
		shown = r.call("GET", "/v1/deliveries/"+delivery, strings.TrimSpace(string(key)), "", 200)
	}
	if answer, _ := shown["answer"].(map[string]any); answer["status"] != 200.0 || answer["body"] != "" || shown["durationMs"] == nil {
		t.Errorf("the delivery is %v, want how long it took and the answer 200", shown)
	}
	wantMatches(t, command(t, on("replay", delivery)...), regexp.QuoteMeta(delivery)+" will be sent again")
	if again := <-takes; again != delivery {
		t.Errorf("%s was sent again, want %s", again, delivery)
	}
	wantMatches(t, command(t, on("replay", "--dead")...), `nothing to send again`)
	wantMatches(t, command(t, on("replay", "--dead", "--list")...), `DELIVERY +ENDPOINT +EVENT +ATTEMPTS +CREATED +TOOK +WHY`)
}

func TestKeysAreMadeListedAndRevoked(t *testing.T) {
	file := twoApps(t, "")
	at := []string{"--config", file}
	on := func(args ...string) []string { return append(args, at...) }
	wantMatches(t, refused(t, 1, on("keys", "create")...), `name an app with --app: there are cats, teas`)
	wantMatches(t, refused(t, 1, on("keys", "create", "--app", "cats", "--scopes", "read,everything")...), `there is no scope "everything"`)
	reads := strings.TrimSpace(command(t, on("keys", "create", "--app", "cats", "--name", "books", "--scopes", "read")...))
	listed := command(t, on("keys", "list")...)
	wantMatches(t, listed, `key_\S+ +cats +read +books`)
	if strings.Contains(listed, reads) {
		t.Error("the list shows the key itself")
	}
	r := startWith(t, "--config", file)
	r.call("GET", "/v1/orders", reads, "", 200)
	problem := r.call("POST", "/v1/orders", reads, `{"amount":{"currency":"EUR","value":"1"},"description":"x"}`, 403)
	if !strings.Contains(problem["detail"].(string), "orders") {
		t.Errorf("the problem does not name the scope: %v", problem)
	}
	id := regexp.MustCompile(`key_\S+`).FindString(listed)
	wantMatches(t, command(t, on("keys", "revoke", id)...), id+" is revoked")
	r.call("GET", "/v1/orders", reads, "", 401)
	r.call("GET", "/v1/orders", "mk_nobody", "", 401)
	wantMatches(t, command(t, on("keys", "list", "--app", "cats")...), id+`.*Z +20\d\d-`)
	wantMatches(t, refused(t, 1, on("keys", "revoke", "key_none")...), `no such`)
	wantMatches(t, refused(t, 1, "orders", "--config", file, "--server", r.base), `an API key is needed`)
}

func TestAnAppGetsPricesFromItsMerchantsServer(t *testing.T) {
	key, err := webhook.ParseKey(signing.NewSecret(webhookSecret))
	if err != nil {
		t.Fatal(err)
	}
	prices := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, err := webhook.Verify(r.Header, body, time.Now(), key); err != nil {
			t.Error(err)
		}
		if strings.Contains(string(body), `"sku":"unicorn"`) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = io.WriteString(w, `{"errors":[{"field":"items[0].sku","detail":"is sold out"}]}`)
			return
		}
		_, _ = io.WriteString(w, `{"amount":{"currency":"EUR","decimal":"12.34"},"description":"A cat, as agreed","reference":"Q-9"}`)
	}))
	defer prices.Close()
	t.Setenv("CAT_KEY", "q8Zs1VtY5kWm3RxC")
	dir := inDirectory(t, map[string]string{"price.key": webhookSecret + "\n", "minitill.yaml": fmt.Sprintf(`
apps:
  cats: {wallets: [cat-pay], guests: true, quote: {url: "%s", secretFile: price.key, private: true}}
wallets:
  cat-pay: {type: sandbox, baseUrl: "%s", keyId: k1, key: "${CAT_KEY}"}
`, prices.URL, startSimulator(t, "q8Zs1VtY5kWm3RxC"))})
	r := startWith(t, "--config", filepath.Join(dir, "minitill.yaml"))
	token := r.signInAt("cat-pay")
	order := r.call("POST", "/miniapp/v1/orders", token, `{"items":[{"sku":"cat","quantity":1}]}`, 201)["order"].(map[string]any)
	if order["amount"].(map[string]any)["value"] != "1234" || order["description"] != "A cat, as agreed" || order["reference"] != "Q-9" {
		t.Errorf("the order is %v", order)
	}
	problem := r.call("POST", "/miniapp/v1/orders", token, `{"items":[{"sku":"unicorn","quantity":1}]}`, 400)
	if asJSON(t, problem["errors"]) != `[{"detail":"is sold out","field":"items[0].sku"}]` {
		t.Errorf("the problem is %v", problem)
	}
}

func TestTheSandboxLeavesOneKey(t *testing.T) {
	data := t.TempDir()
	startNode(t, data).end()
	first, err := os.ReadFile(filepath.Join(data, apiKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	startNode(t, data).end()
	if again, err := os.ReadFile(filepath.Join(data, apiKeyFile)); err != nil || string(again) != string(first) {
		t.Errorf("after another start the key is another (%v)", err)
	}
	if output := command(t, "keys", "list", "--data", data); strings.Count(output, "key_") != 1 {
		t.Errorf("the store has\n%s", output)
	}
	if err := os.Remove(filepath.Join(data, "minitill.db")); err != nil {
		t.Fatal(err)
	}
	r := startNode(t, data)
	third, err := os.ReadFile(filepath.Join(data, apiKeyFile))
	if err != nil || string(third) == string(first) {
		t.Errorf("a new store has the key of the old one (%v)", err)
	}
	r.call("GET", "/v1/orders", strings.TrimSpace(string(third)), "", 200)
}
