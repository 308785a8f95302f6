package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/internal/freeport"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// TestARestoredBackupEndsWithTheBooksOfTheWallet backs up under traffic, continues with
// refunds, captures and creates, loses the store and restores the older copy. Refunds
// are held until the wallet was queried about every order; then both books agree.
func TestARestoredBackupEndsWithTheBooksOfTheWallet(t *testing.T) {
	b := newBackupWorld(t)
	refunded, captured, both, pending, untouched := b.paid(""), b.created(`,"capture":"manual"`), b.paid(""), b.created(""), b.paid("")
	b.settle(captured, "authorized")
	b.refund(both, 100)
	traffic := b.traffic()
	traffic.await(5)
	file := filepath.Join(t.TempDir(), "till.tar")
	wantMatches(t, command(t, "backup", file, "--data", b.config.Data), regexp.QuoteMeta(file)+`: \d+\.\d MB, checked`)

	b.refund(refunded, 250)
	b.post("/orders/"+captured+"/capture", "c", `{"amount":{"currency":"USD","value":"600"}}`)
	b.refund(both, 200)
	b.settle(pending, "paid")
	b.refund(pending, 50)
	lost := b.paid("")
	b.refund(lost, 30)
	traffic.await(5)
	traffic.stop()
	b.till.kill(t)

	b.config.Data = t.TempDir()
	wantMatches(t, command(t, "restore", file, "--data", b.config.Data), `is as it was at`, `Epoch 1\. Refunds are held, and [1-9]\d* orders`)
	before := b.provider.Ledger()["USD"].Refunded
	b.till = startTill(t, b.config)
	if status, answer, err := b.send("/orders/"+untouched+"/refunds", "held", `{"amount":{"currency":"USD","value":"10"}}`); err != nil || status != http.StatusConflict {
		t.Errorf("a refund before all orders were queried: %d %s, %v; want 409", status, answer, err)
	}
	b.awaitQueried()
	if now := b.provider.Ledger()["USD"].Refunded; now != before {
		t.Errorf("the wallet has refunded %v while refunds were held, before that %v", now, before)
	}
	wantMatches(t, command(t, "restored", "--lift", "--note", "statements compared", "--data", b.config.Data), `lifted`)
	b.refund(refunded, 0) // the rest
	b.refund(both, 0)
	b.refund(untouched, 10)
	b.paid("")
	b.till.kill(t)
	b.sameBooks(lost)
}

// backupWorld is a till in a process beside a wallet in another, and its merchant.
type backupWorld struct {
	*keyed
	keys atomic.Int64 // makes request keys distinct
}

func newBackupWorld(t *testing.T) *backupWorld {
	k := startProvider(t)
	k.config = tillConfig{Listen: freeport.Address(t), Data: t.TempDir(), Provider: k.config.Provider, CallTimeout: 5 * time.Second}
	k.base, k.count = "http://"+k.config.Listen, k.countSQLite
	k.till = startTill(t, k.config)
	key, err := os.ReadFile(filepath.Join(k.config.Data, apiKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	return &backupWorld{keyed: &keyed{killWorld: k, key: strings.TrimSpace(string(key))}}
}

// fresh is post with a key of its own.
func (b *backupWorld) fresh(path, body string) map[string]any {
	b.Helper()
	var answer map[string]any
	if err := json.Unmarshal([]byte(b.post(path, "k"+strconv.FormatInt(b.keys.Add(1), 10), body)), &answer); err != nil {
		b.Fatal(err)
	}
	return answer
}

// created is an order of nine dollars that is open at the wallet.
func (b *backupWorld) created(more string) (id string) {
	b.Helper()
	answer := b.fresh("/orders", `{"amount":{"currency":"USD","value":"900"},"description":"Tea","wallet":"sandbox"`+more+`}`)
	order, ok := answer["order"].(map[string]any)
	if !ok {
		order = answer
	}
	return order["id"].(string)
}

// paid is an order that was paid.
func (b *backupWorld) paid(more string) (id string) {
	b.Helper()
	id = b.created(more)
	b.settle(id, "paid")
	return id
}

// settle pays an order at the wallet, and polls until the till has it paid.
func (b *backupWorld) settle(id, status string) {
	b.Helper()
	for _, p := range b.provider.Payments() {
		if strings.HasPrefix(p.RequestID, strings.TrimPrefix(id, "ord_")) {
			if err := b.provider.Settle(p.RequestID, "pay"); err != nil {
				b.Fatal(err)
			}
		}
	}
	for b.fresh("/orders/"+id+"/refresh", "{}")["status"] != status {
	}
}

// refund refunds a sum, or all that is left for 0, and requires success.
func (b *backupWorld) refund(id string, minor int) {
	b.Helper()
	body := "{}"
	if minor > 0 {
		body = fmt.Sprintf(`{"amount":{"currency":"USD","value":"%d"}}`, minor)
	}
	if got := b.fresh("/orders/"+id+"/refunds", body); got["status"] != "succeeded" {
		b.Errorf("the refund of %s is %v", id, got)
	}
}

// traffic are clients that create, pay and refund orders until they are stopped.
type traffic struct {
	done chan struct{} // a value for each order
	stop func()
}

func (b *backupWorld) traffic() *traffic {
	ctx, cancel := context.WithCancel(b.Context())
	x := &traffic{done: make(chan struct{})}
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for ctx.Err() == nil {
				b.refund(b.paid(""), 50)
				select {
				case x.done <- struct{}{}:
				case <-ctx.Done():
				}
			}
		})
	}
	x.stop = func() { cancel(); clients.Wait() }
	b.Cleanup(x.stop)
	return x
}

// await waits for so many further orders.
func (x *traffic) await(n int) {
	for range n {
		<-x.done
	}
}

// awaitQueried waits until the wallet was queried about every order.
func (b *backupWorld) awaitQueried() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if strings.Contains(command(b.T, "restored", "--data", b.config.Data), "still to be queried: 0\n") {
			return
		}
	}
}

// sameBooks compares each payment of the wallet with its order. Orders that were created
// after the backup are at the wallet alone: the operator finds them in its statement and
// returns their money there.
func (b *backupWorld) sameBooks(lost string) {
	b.Helper()
	store := b.openSQLite()
	var ours, found int64
	foundLost := false
	for _, far := range b.provider.Payments() {
		id := bridge.OrderID("ord_" + far.RequestID[:26])
		o, err := store.Order(b.Context(), id)
		if err != nil {
			found, foundLost = found+1, foundLost || string(id) == lost
			b.returned(far)
			continue
		}
		if o.Paid != far.Captured.Minor || o.Refunded != far.Refunded.Minor {
			b.Errorf("order %s has %d paid and %d refunded, at the wallet %d and %d", id, o.Paid, o.Refunded, far.Captured.Minor, far.Refunded.Minor)
		}
		ours += o.Paid - o.Refunded
		b.replays(store, &o)
	}
	if !foundLost {
		b.Error("the order that was created after the backup is in it")
	}
	if sums := b.provider.Ledger()["USD"]; sums.Captured.Minor-sums.Refunded.Minor != ours {
		b.Errorf("the wallet holds %d − %d for us, our books say %d", sums.Captured.Minor, sums.Refunded.Minor, ours)
	}
	b.Logf("%d orders were created after the backup; the books agree on %d minor units", found, ours)
}

// returned refunds a payment at the wallet's own console.
func (b *backupWorld) returned(far simulator.Payment) {
	b.Helper()
	if far.Captured.Minor == far.Refunded.Minor {
		return
	}
	if err := b.provider.Reverse(far.RequestID); err != nil {
		b.Errorf("%s: %v", far.RequestID, err)
	}
}

// replays requires that the events of an order lead to its state.
func (b *backupWorld) replays(store database, o *bridge.Order) {
	b.Helper()
	events, err := store.Events(b.Context(), o.ID, 0)
	if err != nil {
		b.Fatal(err)
	}
	if replayed, stored := asJSON(b.T, bridge.Replay(events)), asJSON(b.T, o); replayed != stored {
		b.Errorf("order %s: the log replays to\n%s\nwant\n%s", o.ID, replayed, stored)
	}
}
