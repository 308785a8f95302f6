package app

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/internal/freeport"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

const (
	killClients = 32
	killOrders  = 60 // that are paid before the next trouble
	kills       = 3
)

// TestNothingAcknowledgedIsLostByAKill kills the till with -9 while clients create and
// pay, starts it again, and requires every acknowledged notification in the store, every
// order ended, and the same money at the provider as in our books.
func TestNothingAcknowledgedIsLostByAKill(t *testing.T) {
	k := newKillWorld(t)
	c := newLoad(k, killClients)
	for range kills {
		c.awaitPaid(k.paid.Load() + killOrders)
		k.till.kill(t)
		k.till = startTill(t, k.config)
		t.Logf("killed and started again with %d orders paid at the cashier", k.paid.Load())
	}
	c.awaitPaid(k.paid.Load() + killOrders)
	c.end()
	k.till.kill(t) // not a graceful shutdown
	k.check(k.openSQLite())
}

type killWorld struct {
	*testing.T
	config   tillConfig
	till     *till
	provider *simulator.Provider
	base     string // where clients reach the till
	count    func(where string) int
	most     int          // how many keys clients have used, at most
	hangs    atomic.Bool  // whether the wallet answers no call
	paid     atomic.Int64 // orders paid at the cashier
}

func newKillWorld(t *testing.T) *killWorld {
	k := startProvider(t)
	k.config = tillConfig{
		Listen: freeport.Address(t), Data: t.TempDir(), Provider: k.config.Provider,
		Expiry: 20 * time.Second, CallTimeout: 2 * time.Second,
	}
	k.base, k.count = "http://"+k.config.Listen, k.countSQLite
	k.till = startTill(t, k.config)
	return k
}

// startProvider runs the wallet's server, which is never killed in these tests.
func startProvider(t *testing.T) *killWorld { return startProviderOf(t, "") }

// startProviderOf is startProvider with the books in a journal.
func startProviderOf(t *testing.T, journal string) *killWorld {
	k := &killWorld{T: t}
	var handler http.Handler
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if k.hangs.Load() && r.Header.Get("Content-Type") == "application/json" { // the cashier takes forms
			_, _ = io.Copy(io.Discard, r.Body) // only then is it seen that the till gives up
			<-r.Context().Done()
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(far.Close)
	var err error
	k.provider, err = simulator.New(simulator.Config{
		PublicURL: far.URL, KeyID: "k1", Key: signing.NewSecret(killKey), AttemptsKept: 1 << 20, Ladder: simulator.Ladder{Scale: .2}, Journal: journal,
	})
	if err != nil {
		t.Fatal(err)
	}
	handler = k.provider
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = k.provider.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-ended; _ = k.provider.Close() })
	k.config.Provider = far.URL
	return k
}

// insist sends a request until it is answered for good.
func (k *killWorld) insist(path, token, key, body string) map[string]any {
	pause := time.NewTicker(100 * time.Millisecond) // a polite client waits between retries
	defer pause.Stop()
	for ; ; <-pause.C {
		answer, err := k.send(path, token, key, body)
		if err == nil {
			return answer
		}
		if !errors.Is(err, errAgain) {
			k.Errorf("%s: %v", path, err)
			return nil
		}
	}
}

var errAgain = errors.New("send it again")

func (k *killWorld) send(path, token, key, body string) (map[string]any, error) {
	req, err := http.NewRequest(http.MethodPost, k.base+"/miniapp/v1"+path, bytes.NewBufferString(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errAgain, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	switch {
	case err != nil || resp.StatusCode == http.StatusConflict || resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		return nil, fmt.Errorf("%w: %d", errAgain, resp.StatusCode)
	case resp.StatusCode == http.StatusGone:
		return map[string]any{}, nil // it expired before the payer could pay it
	case resp.StatusCode != http.StatusCreated:
		return nil, fmt.Errorf("answered %d: %s", resp.StatusCode, text)
	}
	var answer map[string]any
	return answer, json.Unmarshal(text, &answer)
}

// pay pays at the cashier, which is never killed in this test.
func (k *killWorld) pay(paymentURL string) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(paymentURL, url.Values{"outcome": {"pay"}})
	if err != nil {
		k.Error(err)
		return
	}
	resp.Body.Close()
}

// awaitEnd waits until every order in the store has ended.
func (k *killWorld) awaitEnd() {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if open := k.count("status in ('created', 'pending', 'authorized')"); open == 0 {
			return
		}
	}
}

func (k *killWorld) countSQLite(where string) (n int) {
	db, err := sql.Open("sqlite", "file:"+k.database()+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		k.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("select count(*) from orders where " + where).Scan(&n); err != nil {
		k.Fatal(err)
	}
	return n
}

func (k *killWorld) database() string { return filepath.Join(k.config.Data, "minitill.db") }

func (k *killWorld) openSQLite() database {
	store, err := sqlite.Open(context.Background(), k.database())
	if err != nil {
		k.Fatal(err)
	}
	k.Cleanup(func() { _ = store.Close() })
	return store
}

func (k *killWorld) check(store database) {
	acknowledged := map[string]bool{}
	for _, a := range k.provider.Attempts() {
		if a.Acknowledged {
			acknowledged[a.RequestID] = true
		}
	}
	var paid int64
	for _, far := range k.provider.Payments() {
		paid += k.checkPayment(store, far, acknowledged[far.RequestID])
	}
	if got := k.provider.Ledger()["USD"].Captured.Minor; got != paid {
		k.Errorf("the provider has captured %d, our books say %d", got, paid)
	}
	if n := k.count("1"); n > k.most {
		k.Errorf("%d keys made %d orders", k.most, n)
	}
	k.Logf("%d notifications acknowledged, %d minor units paid", len(acknowledged), paid)
}

func (k *killWorld) checkPayment(store database, far simulator.Payment, acknowledged bool) int64 {
	o, err := store.Order(context.Background(), bridge.OrderID("ord_"+far.RequestID[:26]))
	if err != nil {
		k.Errorf("the provider has a payment %s that we have lost: %v", far.RequestID, err)
		return 0
	}
	if o.Paid != far.Captured.Minor {
		k.Errorf("order %s is %s with %d paid, at the provider %s with %d", o.ID, o.Status, o.Paid, far.Status, far.Captured.Minor)
	}
	if acknowledged && far.Captured.Minor > 0 && o.Paid == 0 {
		k.Errorf("order %s: an acknowledged notification is lost", o.ID)
	}
	events, err := store.Events(context.Background(), o.ID, 0)
	if err != nil {
		k.Fatal(err)
	}
	replayed, stored := asJSON(k.T, bridge.Replay(events)), asJSON(k.T, o)
	if replayed != stored {
		k.Errorf("order %s: the log replays to\n%s\nwant\n%s", o.ID, replayed, stored)
	}
	return o.Paid
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
