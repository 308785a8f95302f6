package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/internal/freeport"
	"github.com/minitill/minitill/signing"
)

const fleetNodes = 3

// trouble is something that goes wrong under load.
type trouble struct {
	what string
	do   func()
}

// TestAFleetLosesNothing runs three nodes on one PostgreSQL and one Redis under load,
// while nodes are killed with -9, the database crashes and is restarted, and Redis
// fails for good. What was acknowledged is there, every order ends, and the books agree.
func TestAFleetLosesNothing(t *testing.T) {
	f := newFleet(t, pgtest.URL)
	f.live([]trouble{
		{"a node was killed", func() { f.killNode(0) }},
		{"the database crashed", func() { pgtest.Kill(t) }},
		{"Redis was killed and stays down", f.redis.kill},
		{"two nodes were killed", func() { f.killNode(1); f.killNode(2) }},
		{"the database was restarted", func() { pgtest.Restart(t) }},
	})
}

// TestAFleetSurvivesAFailOver kills the database of the fleet, and a synchronous
// standby takes its place.
func TestAFleetSurvivesAFailOver(t *testing.T) {
	var pair *pgtest.Pair
	f := newFleet(t, func(t testing.TB) string {
		pair = pgtest.NewPair(t)
		return pair.URL()
	})
	f.live([]trouble{{"the database failed over to its standby", func() { pair.FailOver(t) }}})
}

// live has clients create and pay orders through all the trouble, and checks what is
// left.
func (f *fleet) live(troubles []trouble) {
	c := newLoad(f.killWorld, killClients)
	for _, trouble := range troubles {
		c.awaitPaid(f.paid.Load() + killOrders)
		began := time.Now()
		trouble.do()
		c.awaitPaid(f.paid.Load() + 1)
		f.Logf("%s; the next order was paid after %v", trouble.what, time.Since(began).Round(time.Millisecond))
	}
	c.awaitPaid(f.paid.Load() + killOrders)
	c.end()
	for i := range fleetNodes {
		f.nodes[i].kill(f.T)
	}
	store, err := postgres.Open(context.Background(), f.database)
	if err != nil {
		f.Fatal(err)
	}
	defer store.Close()
	f.check(store)
	f.Log("stores covered: PostgreSQL, Redis")
}

// fleet is three nodes behind one address.
type fleet struct {
	*killWorld
	database  string
	redis     *privateRedis
	addresses [fleetNodes]string
	configs   [fleetNodes]tillConfig
	nodes     [fleetNodes]*till
	next      atomic.Int64
}

func newFleet(t *testing.T, database func(testing.TB) string) *fleet {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	f := &fleet{killWorld: startProvider(t), database: database(t), redis: startRedis(t)}
	front := httptest.NewServer(f)
	t.Cleanup(front.Close)
	f.base, f.killWorld.count = front.URL, f.countPostgres
	t.Setenv("FLEET_DATABASE", f.database)
	t.Setenv("FLEET_KEY", killKey)
	dir := t.TempDir()
	ring, err := signing.EncodeKeyring(signing.GenerateKeyring())
	if err != nil {
		t.Fatal(err)
	}
	f.write(dir, "keys.json", string(ring))
	f.write(dir, "catalog.json", `{"currency":"USD","items":[{"sku":"flat-white","name":"Flat white","price":"4.50"}]}`)
	for i := range fleetNodes {
		f.addresses[i] = freeport.Address(t)
		f.configs[i] = tillConfig{Config: f.write(dir, fmt.Sprintf("node%d.yaml", i), f.yaml(i)), CallTimeout: 2 * time.Second}
	}
	var starting sync.WaitGroup
	for i := range fleetNodes { // all at once: they migrate one database together
		starting.Go(func() { f.nodes[i] = startTill(t, f.configs[i]) })
	}
	starting.Wait()
	return f
}

func (f *fleet) write(dir, name, text string) string {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.Fatal(err)
	}
	return path
}

func (f *fleet) yaml(node int) string {
	return fmt.Sprintf(`
publicUrl: %s
listen: %s
store: {url: "${FLEET_DATABASE}"}
redis: {url: "redis://%s"}
keysFile: keys.json
apps:
  shop: {wallets: [sandbox], catalog: catalog.json, guests: true, expiry: 1m}
wallets:
  sandbox: {type: sandbox, baseUrl: "%s", keyId: k1, key: "${FLEET_KEY}"}
limits: {sessionsPerMinute: 100000, ordersPerMinute: 100000}
`, f.base, f.addresses[node], f.redis.address, f.config.Provider)
}

func (f *fleet) killNode(i int) {
	f.nodes[i].kill(f.T)
	f.nodes[i] = startTill(f.T, f.configs[i])
}

// ServeHTTP is the balancer: each request goes to the next node that can be reached.
func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	first := int(f.next.Add(1))
	for i := range fleetNodes {
		resp, err := f.forward(r, body, f.addresses[(first+i)%fleetNodes])
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" {
			continue
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		for name, values := range resp.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
		return
	}
	http.Error(w, "no node can be reached", http.StatusServiceUnavailable)
}

func (f *fleet) forward(r *http.Request, body []byte, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+address+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = r.Header
	return http.DefaultTransport.RoundTrip(req)
}

func (f *fleet) countPostgres(where string) (n int) {
	c, err := pgx.Connect(f.Context(), f.database)
	if err != nil {
		return 1 // it is down just now
	}
	defer c.Close(context.Background())
	if err := c.QueryRow(f.Context(), "select count(*) from orders where "+strings.Replace(where, "1", "true", 1)).Scan(&n); err != nil {
		return 1
	}
	return n
}

// privateRedis is a Redis server of this test's own.
type privateRedis struct {
	address string
	cmd     *exec.Cmd
	once    sync.Once
}

func startRedis(t *testing.T) *privateRedis {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("SKIPPED: redis-server is not installed")
	} else if err != nil {
		t.Fatal(err)
	}
	r := &privateRedis{address: freeport.Address(t)}
	_, port, _ := net.SplitHostPort(r.address)
	r.cmd = exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.kill)
	return r
}

// kill ends the server, once.
func (r *privateRedis) kill() {
	r.once.Do(func() {
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait()
	})
}
