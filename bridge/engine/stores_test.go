package engine_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// opener opens one and the same database, each time as another process would.
type opener func() storetest.Store

// stores are what the tests of this file run on, each a line of the log.
var stores = map[string]func(t testing.TB) opener{
	"SQLite": func(t testing.TB) opener {
		path := sqlitetest.Path(t)
		return func() storetest.Store {
			s, err := sqlite.Open(context.Background(), path)
			return opened(t, s, err)
		}
	},
	"PostgreSQL": func(t testing.TB) opener {
		url := pgtest.URL(t)
		return func() storetest.Store {
			s, err := postgres.Open(context.Background(), url)
			return opened(t, s, err)
		}
	},
}

// opened is a store that is closed with the test.
func opened(t testing.TB, s storetest.Store, err error) storetest.Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// TestOnEachStore is what must hold whatever keeps the orders.
func TestOnEachStore(t *testing.T) {
	tests := []struct {
		name string
		run  func(w *world)
	}{
		{"one key from 100 clients makes one order", oneKeyFromManyClients},
		{"a storm of one notification credits once", stormOfOneNotification},
		{"news that is quicker than its order is kept and matched", newsBeforeItsOrder},
		{"news of another wallet is not matched", newsOfAnotherWalletBeforeItsOrder},
		{"news of a payment that is not there stays kept", newsOfAPaymentThatIsNotThere},
		{"news of another wallet's order is refused", newsOfAnotherWallet},
		{"money after the end is queried", moneyAfterTheEnd},
		{"a lie about the amount is recorded and not believed", lieAboutTheAmount},
		{"a wallet that hangs delays no other wallet", walletThatHangs},
		{"a receiver that is down for an hour receives everything", receiverDownForAnHour},
		{"one key from 100 merchants makes one refund", oneKeyMakesOneRefund},
		{"one key from 100 merchants makes one capture", oneKeyMakesOneCapture},
		{"one key from 100 merchants has one answer to a cancel", oneKeyHasOneAnswerToACancel},
		{"a key outlives a crash between the wallet's answer and ours", keysOutliveACrash},
		{"two keys join one capture", twoKeysJoinOneCapture},
		{"a refusal is kept with its key", refusalsAreKept},
		{"two refunds of most of the money are raced", twoRefundsRaced},
	}
	for store, open := range stores {
		for _, test := range tests {
			t.Run(store+"/"+test.name, func(t *testing.T) {
				again := open(t)
				w := newWorld(t, func(_ *simulator.Config, c *engine.Config) { c.Store = again() })
				w.another = again
				test.run(w)
			})
		}
		t.Logf("store covered: %s", store)
	}
}

func oneKeyFromManyClients(w *world) {
	answers := w.atOnce(100, func() (idempotency.Outcome[bridge.Order], error) {
		return w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
	})
	if calls := w.called("/v1/payments"); len(answers) != 1 || len(w.provider.Payments()) != 1 || calls != 1 {
		w.Errorf("got %d different answers, %d payments and %d calls, want one of each", len(answers), len(w.provider.Payments()), calls)
	}
	other := once("k")
	other.Digest[0]++
	if _, err := w.engine.CreateOrder(w.ctx, oneLatte(), other); !errors.Is(err, fault.KeyReused) {
		w.Errorf("the key with another body: got %v, want KeyReused", err)
	}
}

func stormOfOneNotification(w *world) {
	o := w.create()
	w.pays(o, "pay")
	far, _ := w.provider.Payment(o.LastPayment().RequestID)
	before := w.store.Stats().Commits
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if got := w.deliver("sandbox", far.ID, far.RequestID, "450"); got != http.StatusOK {
				w.Errorf("a copy was answered %d, want 200", got)
			}
		})
	}
	all.Wait()
	w.want(o.ID, wallet.Paid, 450, "")
	if got := w.store.Stats().Commits - before; got != 1 {
		w.Errorf("100 copies made %d commits, want 1", got)
	}
}

func newsOfAnotherWallet(w *world) {
	o := w.create()
	w.pays(o, "pay")
	far, _ := w.provider.Payment(o.LastPayment().RequestID)
	if got := w.deliver("second", far.ID, far.RequestID, "450"); got == http.StatusOK {
		w.Error("news of another wallet's order was acknowledged")
	}
	w.want(o.ID, wallet.Pending, 0, "")
	if got := w.deliver("sandbox", far.ID, far.RequestID, "450"); got != http.StatusOK {
		w.Errorf("the same news from the right wallet was answered %d", got)
	}
	w.want(o.ID, wallet.Paid, 450, "")
}

// moneyAfterTheEnd is notified of money for a payment that was closed: the wallet is queried,
// and it has none.
func moneyAfterTheEnd(w *world) {
	o := w.create()
	for range 20 {
		w.queryAfter(time.Minute)
	}
	w.want(o.ID, wallet.Expired, 0, "")
	if got := w.deliver("sandbox", o.LastPayment().WalletPaymentID, o.LastPayment().RequestID, "450"); got != http.StatusOK {
		w.Errorf("late money was answered %d", got)
	}
	for range 3 {
		w.queryAfter(time.Minute)
	}
	w.want(o.ID, wallet.Expired, 0, "")
	if items, err := w.store.Inbox(w.ctx, o.ID, nil); err != nil || len(items) != 0 {
		w.Errorf("the inbox still holds %d notifications, %v", len(items), err)
	}
}

func lieAboutTheAmount(w *world) {
	o := w.create()
	w.pays(o, "pay")
	if got := w.deliver("sandbox", o.LastPayment().WalletPaymentID, o.LastPayment().RequestID, "451"); got == http.StatusOK {
		w.Error("the lie was acknowledged")
	}
	if got := w.tellIn("EUR", "sandbox", o.LastPayment().WalletPaymentID, o.LastPayment().RequestID, "450"); got == http.StatusOK {
		w.Error("the lie about the currency was acknowledged")
	}
	w.want(o.ID, wallet.Pending, 0, bridge.AmountMismatch)
	w.queryAfter(time.Second) // due at once: the query tells the truth
	w.want(o.ID, wallet.Paid, 450, bridge.AmountMismatch)
}

// walletThatHangs lets one wallet give no answer until everybody else has been served.
func walletThatHangs(w *world) {
	release := make(chan struct{})
	arrived := make(chan struct{}, 64)
	hung := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-release
	}))
	defer hung.Close()
	account := sandbox.Config{BaseURL: hung.URL, KeyID: "k1", Key: signing.NewSecret("another key for tests, 0123456789")}
	opened, err := account.Open(wallet.Env{Name: "second", Now: w.clock.Now})
	if err != nil {
		w.Fatal(err)
	}
	w.config.Wallets["second"] = opened
	w.restart()
	var waiting sync.WaitGroup
	for range 16 {
		waiting.Go(func() {
			req := oneLatte()
			req.Wallet = "second"
			if _, err := w.engine.CreateOrder(w.ctx, req, nil); !errors.Is(err, fault.Unknown) {
				w.Errorf("the wallet that hangs: got %v, want Unknown", err)
			}
		})
	}
	for range 16 {
		<-arrived
	}
	for range 32 {
		w.create() // and no call waits for the other wallet
	}
	close(release)
	waiting.Wait()
}

// receiverDownForAnHour keeps the merchant's backend down while orders are paid, and
// starts the till anew in between.
func receiverDownForAnHour(w *world) {
	key, err := webhook.ParseKey(webhook.GenerateSecret())
	if err != nil {
		w.Fatal(err)
	}
	var up atomic.Bool
	var mu sync.Mutex
	received := map[string][]string{}
	backend := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		id, err := webhook.Verify(r.Header, body, w.clock.Now(), key)
		if err != nil {
			w.Error(err)
		}
		if !up.Load() {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		order, _, _ := strings.Cut(strings.TrimPrefix(id, "dlv_"), "-")
		received[order] = append(received[order], id)
	}))
	defer backend.Close()
	deliver := func() {
		w.Helper()
		d, err := webhook.New(webhook.Config{Outbox: w.store, Now: w.clock.Now, Static: []webhook.Endpoint{
			{App: "shop", Name: "hook", URL: backend.URL, Keys: []webhook.Key{key}, Private: true},
		}})
		if err != nil {
			w.Fatal(err)
		}
		if _, err := d.RunOnce(w.ctx); err != nil {
			w.Fatal(err)
		}
	}
	var orders []bridge.Order
	for range 5 {
		orders = append(orders, w.paid())
		deliver()
		w.clock.Advance(12 * time.Minute)
		w.restart()
	}
	up.Store(true)
	for range 3 {
		w.clock.Advance(3 * time.Hour)
		deliver()
	}
	for _, o := range orders {
		core := strings.TrimPrefix(string(o.ID), "ord_")
		want := []string{"dlv_" + core + "-2-hook", "dlv_" + core + "-3-hook"}
		if !slices.Equal(received[core], want) {
			w.Errorf("the backend received %v of order %s, want %v", received[core], o.ID, want)
		}
	}
}
