package sqlite_test

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/pricing"
	store "github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/wallet"
)

// instant is a wallet that opens every payment at once.
type instant struct{ wallet.Querier }

func (instant) CreatePayment(_ context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	return wallet.Payment{
		Ref: wallet.Ref{RequestID: req.RequestID, PaymentID: "W" + req.RequestID}, Status: wallet.Pending, Amount: req.Amount,
		Action: &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.test/cashier"},
	}, nil
}

// BenchmarkCreate creates orders in rounds, by turns with an index that follows and without,
// and reports the ratio of creates a second and of processor time for a create. Run it with
// -bench Create -benchtime 1x -v.
func BenchmarkCreate(b *testing.B) {
	const rounds = 12
	for b.Loop() {
		s := sqlitetest.Open(b)
		e, err := engine.New(engine.Config{
			Store: s, Wallets: map[string]wallet.Wallet{"sandbox": instant{}}, PublicURL: "http://till.test",
			Apps: []engine.App{{Name: "shop", Wallets: []string{"sandbox"}}},
		})
		if err != nil {
			b.Fatal(err)
		}
		d := openAt(b, filepath.Join(b.TempDir(), "console.db"))
		createRound(b, e, -1)
		var rates, costs [2][]float64
		for i := range 2 * rounds {
			stop := func() {}
			if i%2 == 1 {
				stop = followInBackground(s, d)
			}
			rate, cost := createRound(b, e, i)
			stop()
			rates[i%2], costs[i%2] = append(rates[i%2], rate), append(costs[i%2], cost)
		}
		report(b, "creates a second", rates)
		report(b, "microseconds of user time for a create", costs)
	}
}

// report logs the medians, and the median of the ratios of neighbouring rounds.
func report(b *testing.B, name string, of [2][]float64) {
	var ratios []float64
	for i := range of[0] {
		ratios = append(ratios, of[1][i]/of[0][i])
	}
	b.Logf("%s: without %.1f, with %.1f, ratio %.3f", name, median(of[0]), median(of[1]), median(ratios))
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// followInBackground runs an index that follows a store, until stop is called.
func followInBackground(s *store.Store, d index.Database) (stop func()) {
	x := index.New(d, index.Config{Source: s, Apps: []string{"shop"}, Changes: func() uint64 { return s.Stats().Changes }})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = x.Run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// createRound creates orders by several callers.
func createRound(b *testing.B, e *engine.Engine, round int) (rate, cost float64) {
	const callers, each = 16, 400
	began, user := time.Now(), userTime()
	var calls sync.WaitGroup
	for caller := range callers {
		calls.Go(func() {
			for i := range each {
				key := strconv.Itoa(round) + "-" + strconv.Itoa(caller) + "-" + strconv.Itoa(i)
				once := &idempotency.Once[bridge.Order]{Scope: "s", Key: key, Render: func(bridge.Order, error) bridge.Answer { return bridge.Answer{Status: 201} }}
				_, err := e.CreateOrder(context.Background(), engine.OrderRequest{
					App: "shop", Wallet: "sandbox", Price: &pricing.Price{Amount: wallet.Money{Minor: 1250, Currency: "PHP"}, Description: "Tea", Reference: key},
				}, once)
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	calls.Wait()
	const n = callers * each
	return n / time.Since(began).Seconds(), float64((userTime() - user).Microseconds()) / n
}

func userTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano())
}
