package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
)

// chaos kills tills at random moments under load. It runs for minutes, and so on demand:
//
//	make chaos KILLS=200 SEED=1
type chaos struct {
	*killWorld
	random  *rand.Rand
	kills   int
	clients sync.WaitGroup
	keys    atomic.Int64
	done    chan struct{}
}

// newChaos reads KILLS and SEED, and begins the load.
func newChaos(t *testing.T, world func(t *testing.T) *killWorld) *chaos {
	kills, err := strconv.Atoi(os.Getenv("MINITILL_CHAOS_KILLS"))
	if err != nil {
		t.Skip("SKIPPED: MINITILL_CHAOS_KILLS is not set")
	}
	seed, err := strconv.ParseUint(os.Getenv("MINITILL_CHAOS_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	c := &chaos{killWorld: world(t), random: rand.New(rand.NewPCG(seed, 1)), kills: kills, done: make(chan struct{})}
	for n := range killClients {
		c.clients.Go(func() { c.client(n) })
	}
	return c
}

// client creates and pays orders until the chaos has ended.
func (c *chaos) client(n int) {
	token := c.insist("/sessions", "", "", `{"wallet":"sandbox"}`)["token"].(string)
	for i := 0; ; i++ {
		select {
		case <-c.done:
			return
		default:
		}
		c.keys.Add(1)
		answer := c.insist("/orders", token, fmt.Sprintf("client-%d-%d", n, i), `{"items":[{"sku":"flat-white","quantity":1}]}`)
		if action, ok := answer["action"].(map[string]any); ok {
			c.pay(action["paymentUrl"].(string))
			c.paid.Add(1)
		}
	}
}

// moment waits for a random time of up to a second.
func (c *chaos) moment() { <-time.After(time.Duration(c.random.Int64N(int64(time.Second)))) }

// live kills again and again, and in between lets the wallet hang for a moment.
func (c *chaos) live(kill func()) {
	for i := range c.kills {
		c.moment()
		if i%10 == 9 {
			c.hangs.Store(true)
			c.moment()
		}
		kill()
		c.hangs.Store(false)
	}
	close(c.done)
	c.clients.Wait()
	c.awaitEnd()
	c.most = int(c.keys.Load())
	c.Logf("%d kills, %d orders paid at the cashier", c.kills, c.paid.Load())
}

// TestChaosOnSQLite kills one till, whose clock is off by some minutes after each kill, as far
// as the wallet's signatures allow.
func TestChaosOnSQLite(t *testing.T) {
	c := newChaos(t, newKillWorld)
	c.live(func() {
		c.till.kill(c.T)
		c.config.Skew = time.Duration(c.random.IntN(4)) * time.Minute
		c.till = startTill(c.T, c.config)
	})
	c.till.kill(c.T)
	c.check(c.openSQLite())
}

// TestChaosOnPostgres kills one of three tills whose clocks differ by minutes. Redis dies half
// way, and the database's standby takes over at three quarters.
func TestChaosOnPostgres(t *testing.T) {
	var pair *pgtest.Pair
	var f *fleet
	c := newChaos(t, func(t *testing.T) *killWorld {
		f = newFleet(t, func(t testing.TB) string {
			pair = pgtest.NewPair(t)
			return pair.URL()
		})
		for i := range f.configs {
			f.configs[i].Skew = time.Duration(i-1) * 5 * time.Minute
		}
		return f.killWorld
	})
	n := 0
	c.live(func() {
		switch n++; n {
		case c.kills / 2:
			f.redis.kill()
		case c.kills * 3 / 4:
			pair.FailOver(c.T)
		}
		f.killNode(c.random.IntN(fleetNodes))
	})
	for i := range fleetNodes {
		f.nodes[i].kill(c.T)
	}
	s, err := postgres.Open(context.Background(), f.database)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f.check(s)
}
