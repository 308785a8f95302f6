package app

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// startSimulator runs a provider that shares a key with us, and returns where it is.
func startSimulator(t *testing.T, key string) string {
	t.Helper()
	var handler http.Handler
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(far.Close)
	provider, err := simulator.New(simulator.Config{PublicURL: far.URL, KeyID: "k1", Key: signing.NewSecret(key)})
	if err != nil {
		t.Fatal(err)
	}
	handler = provider
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = provider.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-ended })
	return far.URL
}

// twoApps writes the configuration of two merchants with a wallet each, to which more
// is added.
func twoApps(t *testing.T, more string) (file string) {
	t.Helper()
	const catKey, teaKey = "q8Zs1VtY5kWm3RxC", "u7Bn4HgJ2pLd9FoE"
	t.Setenv("TEA_KEY", teaKey)
	dir := inDirectory(t, map[string]string{
		"cat.key":   catKey + "\n",
		"cats.json": `{"currency":"EUR","items":[{"sku":"cat","name":"Cat","price":"90"}]}`,
		"teas.json": `{"currency":"JPY","items":[{"sku":"tea","name":"Tea","price":"300"}]}`,
		"minitill.yaml": fmt.Sprintf(`
apps:
  cats:
    {title: The Cattery, wallets: [cat-pay], catalog: cats.json, guests: true, origins: [https://cats.example]}
  teas:
    {wallets: [tea-pay], catalog: teas.json, guests: true, expiry: 5m, origins: [https://teas.example]}
wallets:
  cat-pay: {type: sandbox, baseUrl: "%s", keyId: k1, keyFile: cat.key}
  tea-pay: {type: sandbox, baseUrl: "%s", keyId: k1, key: "${TEA_KEY}"}
`, startSimulator(t, catKey), startSimulator(t, teaKey)) + more,
	})
	return filepath.Join(dir, "minitill.yaml")
}

func TestTwoAppsAreIsolated(t *testing.T) {
	file := twoApps(t, "")
	r := startWith(t, "--config", file)
	for _, path := range []string{"/demo/", "/sandbox/"} {
		r.call("GET", path, "", "", 404)
	}
	r.buy("cats", "cat-pay", "cat", "tea", "EUR")
	r.buy("teas", "tea-pay", "tea", "cat", "JPY")
	for origin, want := range map[string]string{"https://cats.example": "https://cats.example", "https://teas.example": "https://teas.example", "https://else.example": ""} {
		if got := r.allowed(origin); got != want {
			t.Errorf("scripts of %s may call as %q, want %q", origin, got, want)
		}
	}
	for _, name := range []string{"minitill.db", "keys.json"} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), "data", name)); err != nil {
			t.Errorf("beside the configuration: %v", err)
		}
	}
}

// buy pays for one thing at an app, to which the other app's is unknown.
func (r *running) buy(app, wallet, sku, other, currency string) {
	r.Helper()
	catalog := asJSON(r.T, r.call("GET", "/miniapp/v1/catalog?app="+app, "", "", 200))
	if !strings.Contains(catalog, `"`+sku+`"`) || strings.Contains(catalog, `"`+other+`"`) {
		r.Errorf("%s sells %s", app, catalog)
	}
	token := r.signInAt(wallet)
	r.call("POST", "/miniapp/v1/orders", token, `{"items":[{"sku":"`+other+`","quantity":1}]}`, 400)
	created := r.call("POST", "/miniapp/v1/orders", token, `{"items":[{"sku":"`+sku+`","quantity":1}]}`, 201)
	order := created["order"].(map[string]any)
	if order["app"] != app || order["amount"].(map[string]any)["currency"] != currency {
		r.Errorf("the order is %v", order)
	}
	r.decide(created["action"].(map[string]any)["paymentUrl"].(string), "pay")
	r.awaitStatus(token, order["id"].(string), "paid")
}

// allowed is the origin whose scripts may read the answers, from the CORS header.
func (r *running) allowed(origin string) string {
	r.Helper()
	req, err := http.NewRequest(http.MethodGet, r.base+"/miniapp/v1/catalog?app=cats", nil)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Origin", origin)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	resp.Body.Close()
	return resp.Header.Get("Access-Control-Allow-Origin")
}

func TestTheSandboxRunsBesideTheApps(t *testing.T) {
	r := startWith(t, "--config", twoApps(t, "sandbox: true\nlog: {level: error, format: json}\n"))
	r.buy("cats", "cat-pay", "cat", "tea", "EUR")
	r.buy("demo", "sandbox", "flat-white", "cat", "USD")
}

func TestTheLimitsAreTheConfiguredOnes(t *testing.T) {
	r := startWith(t, "--config", twoApps(t, "limits: {ordersPerMinute: 1, sessionsPerMinute: 2, body: 1024}\n"))
	token := r.signInAt("cat-pay")
	const order = `{"items":[{"sku":"cat","quantity":1}]}`
	r.call("POST", "/miniapp/v1/orders", token, order, 201)
	r.call("POST", "/miniapp/v1/orders", token, order+" ", 429)
	r.call("POST", "/miniapp/v1/orders", r.signInAt("tea-pay"), order+strings.Repeat(" ", 1024), 413)
	r.call("POST", "/miniapp/v1/sessions", "", `{"wallet":"cat-pay"}`, 429)
}

func TestOnPostgreSQL(t *testing.T) { runOnPostgreSQL(t, pgtest.URL(t)) }

// A pooler in transaction mode needs no setting.
func TestOnPostgreSQLBehindAPooler(t *testing.T) { runOnPostgreSQL(t, pgtest.NewPooler(t).URL(t)) }

func runOnPostgreSQL(t *testing.T, url string) {
	t.Setenv("TILL_DATABASE", url)
	file := twoApps(t, "store: {url: \"${TILL_DATABASE}\"}\nkeysFile: keys.json\n")
	command(t, "keyring", "create", filepath.Join(filepath.Dir(file), "keys.json"))
	first := command(t, "migrate", "--config", file)
	if !strings.HasPrefix(first, "applied 0001_") || !strings.HasSuffix(first, "The PostgreSQL database is up to date; it was not before.\n") {
		t.Errorf("migrate printed %q", first)
	}
	if again := command(t, "migrate", "--config", file); again != "The PostgreSQL database is up to date; there was nothing to do.\n" {
		t.Errorf("migrate printed %q", again)
	}
	startWith(t, "--config", file).buy("cats", "cat-pay", "cat", "tea", "EUR")
	if _, err := os.Stat(filepath.Join(filepath.Dir(file), "data")); err == nil {
		t.Error("there is a data directory that is not used")
	}
}

func TestMigrateOnSQLite(t *testing.T) {
	data := filepath.Join(t.TempDir(), "a b?#%")
	database := filepath.Join(data, "minitill.db")
	if output := command(t, "migrate", "--data", data); !strings.HasPrefix(output, "applied 0001_") || !strings.HasSuffix(output, database+" is up to date; it was not before.\n") {
		t.Errorf("migrate printed %q", output)
	}
	if output := command(t, "migrate", "--data", data); output != database+" is up to date; there was nothing to do.\n" {
		t.Errorf("migrate printed %q", output)
	}
}

func TestKeysAreNeverWrittenOver(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.json")
	command(t, "keyring", "create", file)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signing.DecodeKeyring(before); err != nil {
		t.Error(err)
	}
	if code := Main(context.Background(), Env{Args: []string{"keyring", "create", file}, Out: new(bytes.Buffer), Err: new(bytes.Buffer)}); code != 1 {
		t.Errorf("keys again: exit code %d, want 1", code)
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the keys are others now (%v)", err)
	}
}

// command runs a command that ends by itself and returns its output.
func command(t *testing.T, args ...string) string {
	t.Helper()
	var out, faults bytes.Buffer
	if code := Main(context.Background(), Env{Args: args, Out: &out, Err: &faults}); code != 0 {
		t.Fatalf("%v: exit code %d: %s", args, code, &faults)
	}
	return out.String()
}

// A keyring that was made before there was anything to seal is grown where it is ours,
// and refused where nodes share it: each would make a key of its own.
func TestOlderKeyringsGetAKeyToSealWith(t *testing.T) {
	ring := signing.GenerateKeyring()
	ring.SealingKeys = nil
	older, err := signing.EncodeKeyring(ring)
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "keys.json"), older, 0o600); err != nil {
		t.Fatal(err)
	}
	startNode(t, data).end()
	grown, err := os.ReadFile(filepath.Join(data, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	if now, err := signing.DecodeKeyring(grown); err != nil || len(now.SealingKeys) != 1 || now.Keys[0].ID != ring.Keys[0].ID {
		t.Errorf("our own keyring is now %d sealing keys, %v", len(now.SealingKeys), err)
	}
	file := twoApps(t, "keysFile: old.json\n")
	old, next := filepath.Join(filepath.Dir(file), "old.json"), filepath.Join(filepath.Dir(file), "new.json")
	if err := os.WriteFile(old, older, 0o600); err != nil {
		t.Fatal(err)
	}
	wantMatches(t, refused(t, 2, "serve", "--check", "--config", file), `keysFile: has no key to seal with`, `minitill keyring create NEW --from OLD`)
	command(t, "keyring", "create", next, "--from", old)
	text, err := os.ReadFile(next)
	if err != nil {
		t.Fatal(err)
	}
	if made, err := signing.DecodeKeyring(text); err != nil || len(made.SealingKeys) != 1 || made.Keys[0].ID != ring.Keys[0].ID {
		t.Errorf("the new keyring has %d sealing keys and %d others, %v", len(made.SealingKeys), len(made.Keys), err)
	}
}
