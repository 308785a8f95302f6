package tests

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/pgtest"
)

const (
	nodes   = 3
	clients = 8
	pause   = 40 * time.Millisecond // of a client between two orders, so that the load is bounded
	between = 200                   // requests that are answered before the next node is restarted
)

// TestARollingRestartLosesNoRequest restarts three nodes one after another under load, behind
// each proxy with the settings that are shipped, on PostgreSQL and Redis.
func TestARollingRestartLosesNoRequest(t *testing.T) {
	for _, f := range fronts() {
		t.Run(f.name, func(t *testing.T) {
			program := tool(t, f.name)
			w := newFleet(t, f, program)
			ctx, stop := context.WithCancel(t.Context())
			var load sync.WaitGroup
			for n := range clients {
				load.Go(func() { w.client(ctx, n) })
			}
			load.Go(func() { w.poll(ctx) })
			w.awaitAnswers(between)
			for i := range nodes {
				w.nodes[i].stop(t)
				w.startNode(i)
				w.awaitAnswers(w.answered.Load() + between)
			}
			stop()
			load.Wait()
			t.Logf("%d requests answered, %d lost, %d long polls ended", w.answered.Load(), w.lost.Load(), w.polled.Load())
			if w.lost.Load() > 0 || w.polled.Load() == 0 {
				t.Errorf("%d requests were lost, the first: %v", w.lost.Load(), w.first.Load())
			}
		})
	}
}

// fleet is three nodes behind a proxy.
type fleet struct {
	*testing.T
	base      string
	http      *http.Client
	dir       string
	addresses [nodes]string
	nodes     [nodes]*process

	answered, lost, polled atomic.Int64
	first                  atomic.Value // what became of the first request that was lost
}

func newFleet(t *testing.T, f front, program string) *fleet {
	w := &fleet{T: t, dir: t.TempDir()}
	certificate(t, w.dir)
	port := freePort(t)
	w.base, w.http = "https://127.0.0.1:"+port, trusting(t, w.dir)
	wallet, redis := w.startWallet(), startRedis(t)
	output(t, minitill, "keyring", "create", filepath.Join(w.dir, "keyring.json"))
	write(t, w.dir, "catalog.json", `{"currency":"USD","items":[{"sku":"latte","name":"Latte","price":"4.50"}]}`)
	write(t, w.dir, "database_url", pgtest.URL(t))
	for i := range nodes {
		w.addresses[i] = "127.0.0.1:" + freePort(t)
		write(t, w.dir, fmt.Sprintf("node%d.yaml", i), fmt.Sprintf(`
publicUrl: %s
listen: %s
store: {urlFile: database_url}
redis: {url: "redis://%s"}
keysFile: keyring.json
apps: {shop: {wallets: [main], catalog: catalog.json, guests: true}}
wallets: {main: {type: sandbox, baseUrl: "%s", keyId: %s, keyFile: wallet/sandbox.key}}
limits: {sessionsPerMinute: 100000, ordersPerMinute: 100000, guestOrdersPerMinute: 100000}
server: {trustedProxies: [127.0.0.1]}
`, w.base, w.addresses[i], redis, wallet.url, wallet.keyID))
		w.startNode(i)
	}
	config := f.config(t, w.dir, port, w.addresses[:])
	proxy := start(t, nil, program, f.command(config)...)
	await(t, "the proxy passes requests on", func() bool {
		if proxy.ended() {
			t.Fatal("the proxy ended: ", proxy.err)
		}
		resp, err := w.http.Get(w.base + "/readyz")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return w
}

// trusting is a client that trusts the certificate of the test.
func trusting(t *testing.T, dir string) *http.Client {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "till.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: clients + 1}}
}

func (w *fleet) startNode(i int) {
	w.Helper()
	w.nodes[i] = start(w.T, nil, minitill, "serve", "--config", filepath.Join(w.dir, fmt.Sprintf("node%d.yaml", i)))
	await(w.T, "the node is ready", func() bool { return answers("http://" + w.addresses[i] + "/readyz") })
}

// provider is where the sandbox's server is reached.
type provider struct{ url, keyID string }

// startWallet runs the sandbox's server, which trusts the certificate of the test.
func (w *fleet) startWallet() provider {
	w.Helper()
	address, data := "127.0.0.1:"+freePort(w.T), filepath.Join(w.dir, "wallet")
	start(w.T, []string{"SSL_CERT_FILE=" + filepath.Join(w.dir, "till.crt")}, minitill, "simulate", "sandbox", "--listen", address, "--data", data)
	await(w.T, "the wallet's server has its key", func() bool {
		_, err := os.Stat(filepath.Join(data, "sandbox.key"))
		return err == nil && answers("http://"+address+"/control/faults")
	})
	return provider{"http://" + address, "sandbox"}
}

func startRedis(t *testing.T) string {
	t.Helper()
	port := freePort(t)
	start(t, nil, tool(t, "redis-server"), "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	return "127.0.0.1:" + port
}

// awaitAnswers waits until so many requests were answered.
func (w *fleet) awaitAnswers(n int64) {
	w.Helper()
	await(w.T, "requests are answered", func() bool { return w.answered.Load() >= n || w.lost.Load() > 0 })
}

// client signs in, and makes orders and reads them until ctx ends. It repeats nothing: a
// request that is not answered as it should be is lost.
func (w *fleet) client(ctx context.Context, n int) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	token, _ := w.request("POST", "/sessions", "", "", `{"wallet":"main"}`, 201)["token"].(string)
	for i := 0; ; i++ {
		answer := w.request("POST", "/orders", token, fmt.Sprintf("client-%d-%d", n, i), `{"items":[{"sku":"latte","quantity":1}]}`, 201)
		if order, ok := answer["order"].(map[string]any); ok {
			w.request("GET", "/orders/"+order["id"].(string), token, "", "", 200)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// poll holds a long poll of an order that stays unpaid, again and again: a node that stops ends it
// with the present state.
func (w *fleet) poll(ctx context.Context) {
	token, _ := w.request("POST", "/sessions", "", "", `{"wallet":"main"}`, 201)["token"].(string)
	order, _ := w.request("POST", "/orders", token, "poll", `{"items":[{"sku":"latte","quantity":1}]}`, 201)["order"].(map[string]any)
	id, _ := order["id"].(string)
	for ctx.Err() == nil {
		w.request("GET", "/orders/"+id+"?wait=2s", token, "", "", 200)
		w.polled.Add(1)
	}
}

// request sends one request of the client API.
func (w *fleet) request(method, path, token, key, body string, want int) map[string]any {
	answer, err := w.send(method, path, token, key, body, want)
	if err != nil {
		if w.lost.Add(1) == 1 {
			w.first.Store(fmt.Sprintf("%s %s: %v", method, path, err))
		}
		return nil
	}
	w.answered.Add(1)
	return answer
}

func (w *fleet) send(method, path, token, key, body string, want int) (map[string]any, error) {
	req, err := http.NewRequest(method, w.base+"/miniapp/v1"+path, bytes.NewBufferString(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	for name, value := range map[string]string{"Authorization": strings.TrimSuffix("Bearer "+token, "Bearer "), "Idempotency-Key": key} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	req.GetBody = nil // Go's client repeats no request by itself
	resp, err := w.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != want {
		return nil, fmt.Errorf("answered %d: %.300s", resp.StatusCode, text)
	}
	var answer map[string]any
	return answer, errors.Join(json.Unmarshal(text, &answer))
}
