package engine_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/wallet"
)

// onCommit is an Observer of commits.
type onCommit func(*bridge.Change)

func (f onCommit) Committed(c *bridge.Change, _ bool)                               { f(c) }
func (onCommit) Called(string, outbound.Operation, outbound.Outcome, time.Duration) {}
func (onCommit) Notified(string, error)                                             {}
func (onCommit) Applied(string, time.Duration)                                      {}

// BenchmarkStatusQueries is how many due orders a second an engine with 32 query slots queries a
// wallet about, on SQLite, beside the bound that the wallet's latency sets. Each answer is
// that the order is paid.
func BenchmarkStatusQueries(b *testing.B) {
	for _, latency := range []time.Duration{0, 20 * time.Millisecond, 100 * time.Millisecond} {
		b.Run(fmt.Sprint(latency), func(b *testing.B) {
			w := &paced{latency: latency}
			var paid atomic.Int64
			all := make(chan struct{})
			clock := testclock.At(time.Now())
			e, err := engine.New(engine.Config{
				Store: sqlitetest.Open(b), PublicURL: "http://till.test", Now: clock.Now, Wallets: map[string]wallet.Wallet{"sandbox": w},
				Apps: []engine.App{{Name: "shop", Wallets: []string{"sandbox"}, Pricer: mustCatalog(b)}},
				Observer: onCommit(func(c *bridge.Change) {
					if c.Order.Status == wallet.Paid && paid.Add(1) == int64(b.N) {
						close(all)
					}
				}),
			})
			if err != nil {
				b.Fatal(err)
			}
			for range b.N {
				if _, err := e.CreateOrder(b.Context(), oneLatte(), nil); err != nil {
					b.Fatal(err)
				}
			}
			clock.Advance(10 * time.Second) // all are due
			ctx, stop := context.WithCancel(b.Context())
			b.ResetTimer()
			began := time.Now()
			ended := make(chan struct{})
			go func() { defer close(ended); _ = e.Run(ctx) }()
			<-all
			rate := float64(b.N) / time.Since(began).Seconds()
			b.StopTimer()
			stop()
			<-ended
			b.ReportMetric(rate, "queries/s")
			if latency > 0 {
				b.ReportMetric(rate/(32/latency.Seconds()), "of-bound")
			}
		})
	}
}
