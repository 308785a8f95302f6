package rows_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// callers is how many callers there are in the concurrent benchmarks.
const callers = 64

// counted is a store that counts its commits.
type counted interface {
	storetest.Store
	Stats() sqlite.Stats
}

func BenchmarkCreateOrder(b *testing.B) { createOrders(b, sqlitetest.Open(b)) }

func BenchmarkUpdateOrder(b *testing.B) { updateOrders(b, sqlitetest.Open(b)) }

func BenchmarkOrder(b *testing.B) { readOrders(b, sqlitetest.Open(b)) }

func BenchmarkPostgresCreateOrder(b *testing.B) { createOrders(b, postgresAt(b, pgtest.URL(b))) }

func BenchmarkPostgresUpdateOrder(b *testing.B) { updateOrders(b, postgresAt(b, pgtest.URL(b))) }

func BenchmarkPostgresOrder(b *testing.B) { readOrders(b, postgresAt(b, pgtest.URL(b))) }

func createOrders(b *testing.B, s counted) {
	both(b, s, func(b *testing.B) {
		c := storetest.NewOrder(b)
		c.Claim = &bridge.Claim{Scope: "app:shop", Key: string(c.Order.ID), Subject: string(c.Order.ID), CreatedAt: storetest.Epoch}
		if _, err := s.CreateOrder(context.Background(), c); err != nil {
			b.Error(err)
		}
	})
}

func updateOrders(b *testing.B, s counted) {
	ids := fillStore(b, s, 2000)
	var next atomic.Int64
	both(b, s, func(b *testing.B) {
		id := ids[int(next.Add(1))%len(ids)]
		_, err := s.UpdateOrder(context.Background(), id, func(c *bridge.Change) error {
			storetest.AddPaid(c, c.Order.Paid+1)
			c.Order.IdleQueries++
			return nil
		})
		if err != nil {
			b.Error(err)
		}
	})
}

func readOrders(b *testing.B, s counted) {
	ids := fillStore(b, s, 2000)
	var next atomic.Int64
	both(b, s, func(b *testing.B) {
		if _, err := s.Order(context.Background(), ids[int(next.Add(1))%len(ids)]); err != nil {
			b.Error(err)
		}
	})
}

// both measures one caller alone and many at once, and how many changes shared a
// commit.
func both(b *testing.B, s counted, once func(b *testing.B)) {
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			once(b)
		}
	})
	b.Run("together", func(b *testing.B) { together(b, s, callers, once) })
	b.Run(fmt.Sprintf("together-%d", callers/4), func(b *testing.B) { together(b, s, callers/4, once) })
}

func together(b *testing.B, s counted, callers int, once func(b *testing.B)) {
	b.ReportAllocs()
	b.SetParallelism(callers / 2)
	before := s.Stats()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			once(b)
		}
	})
	after := s.Stats()
	if commits := after.Commits - before.Commits; commits > 0 {
		b.ReportMetric(float64(after.Changes-before.Changes)/float64(commits), "changes/commit")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

func fillStore(b *testing.B, s counted, n int) []bridge.OrderID {
	b.Helper()
	ids := make([]bridge.OrderID, n)
	for i := range ids {
		c := storetest.NewOrder(b)
		if _, err := s.CreateOrder(context.Background(), c); err != nil {
			b.Fatal(err)
		}
		ids[i] = c.Order.ID
	}
	return ids
}
