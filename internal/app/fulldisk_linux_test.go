package app

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/internal/freeport"
)

// TestAFullDiskLosesNothing fills the disk of an SQLite store under load and frees it. What was
// acknowledged is there, every order ends, and the books agree; while the disk is full /readyz says so,
// the log says what to do, and the process goes on.
func TestAFullDiskLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	t.Parallel()
	fillSQLite(t, 1)
}

// TestChaosOnAFullDisk does it many times, and with PostgreSQL too, which is started again once its
// disk has room. While that is full, some of its pages still take a row, so that /readyz may
// answer 200 between refusals.
func TestChaosOnAFullDisk(t *testing.T) {
	kills, err := strconv.Atoi(os.Getenv("MINITILL_CHAOS_KILLS"))
	if err != nil {
		t.Skip("SKIPPED: MINITILL_CHAOS_KILLS is not set")
	}
	rounds := 1 + kills/20
	t.Run("SQLite", func(t *testing.T) { fillSQLite(t, rounds) })
	t.Run("PostgreSQL", func(t *testing.T) { fillPostgres(t, rounds) })
}

func fillSQLite(t *testing.T, rounds int) {
	disk := smallDisk(t, "24m")
	k := startProvider(t)
	k.config = tillConfig{
		Listen: freeport.Address(t), Data: disk.dir, Provider: k.config.Provider, Log: filepath.Join(t.TempDir(), "log"),
		Expiry: 20 * time.Second, CallTimeout: 2 * time.Second,
	}
	k.base, k.count = "http://"+k.config.Listen, k.countSQLite
	k.till = startTill(t, k.config)
	c := newLoad(k, 8)
	for range rounds {
		c.awaitPaid(k.paid.Load() + 20)
		disk.fill()
		c.awaitReady(k.base, http.StatusServiceUnavailable)
		disk.free()
		c.awaitReady(k.base, http.StatusOK)
	}
	c.end()
	c.wantAdvice(k.config.Log, rounds)
	k.till.kill(t)
	k.check(k.openSQLite())
	t.Logf("the disk was full %d times; %d orders paid at the cashier", rounds, k.paid.Load())
}

func fillPostgres(t *testing.T, rounds int) {
	disk := smallDisk(t, "256m")
	if err := os.Chmod(disk.dir, 0o755); err != nil { // the server runs as another user
		t.Fatal(err)
	}
	server := pgtest.NewSingle(t, disk.dir)
	f := newFleet(t, func(testing.TB) string { return server.URL() })
	c := newLoad(f.killWorld, 8)
	for range rounds {
		c.awaitPaid(f.paid.Load() + 20)
		disk.fill()
		token, key := c.awaitRefused()
		disk.free()
		server.Again(t)
		for i := range fleetNodes {
			c.awaitReady("http://"+f.addresses[i], http.StatusOK)
		}
		c.buy(token, key)
	}
	c.end()
	for i := range fleetNodes {
		f.nodes[i].kill(t)
	}
	s, err := postgres.Open(t.Context(), f.database)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f.check(s)
	t.Logf("the disk was full %d times; %d orders paid at the cashier", rounds, f.paid.Load())
}

// awaitReady waits until /readyz of a node, which goes on, answers with a status.
func (l load) awaitReady(base string, status int) {
	l.Helper()
	l.until(base+"/readyz answers "+strconv.Itoa(status), func() bool {
		resp, err := http.Get(base + "/readyz")
		if err != nil {
			l.Fatalf("the process does not answer: %v", err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode == status
	})
}

// awaitRefused creates orders until the till refuses one because nothing can be stored, and
// returns its session and key.
func (l load) awaitRefused() (token, key string) {
	l.Helper()
	token = l.insist("/sessions", "", "", `{"wallet":"sandbox"}`)["token"].(string)
	l.until("an order is refused", func() bool {
		key = fmt.Sprintf("full-%d", l.keys.Add(1))
		answer, err := l.send("/orders", token, key, oneCoffee)
		if err == nil {
			l.pay(answer["action"].(map[string]any)["paymentUrl"].(string))
		}
		return errors.Is(err, errAgain)
	})
	return token, key
}

const oneCoffee = `{"items":[{"sku":"flat-white","quantity":1}]}`

// buy creates an order by a key that was refused, and pays it.
func (l load) buy(token, key string) {
	l.Helper()
	if action, ok := l.insist("/orders", token, key, oneCoffee)["action"].(map[string]any); ok {
		l.pay(action["paymentUrl"].(string))
	}
}

// wantAdvice requires that the log says once for each full disk what to do.
func (l load) wantAdvice(log string, rounds int) {
	l.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		l.Fatal(err)
	}
	const advice = `level=ERROR msg="the store takes no writes: this node is not ready and answers 503; make room on its disk`
	if got := strings.Count(string(text), advice); got != rounds || !strings.Contains(string(text), "disk is full") {
		l.Errorf("the log says %d times what to do, want %d", got, rounds)
	}
}

// disk is a small file system, which a file fills.
type disk struct {
	*testing.T
	dir string
}

// smallDisk mounts a file system, or skips the test where that is not allowed.
func smallDisk(t *testing.T, size string) disk {
	t.Helper()
	dir, err := os.MkdirTemp("", "minitill-disk") // where other users reach it, unlike below t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size+",mode=0700"); err != nil {
		t.Skipf("SKIPPED: a full disk needs the right to mount one: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return disk{t, dir}
}

func (d disk) ballast() string { return filepath.Join(d.dir, "ballast") }

// fill writes until nothing more fits.
func (d disk) fill() {
	d.Helper()
	f, err := os.Create(d.ballast())
	if err != nil {
		d.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 4096} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.Errorf("filling the disk ended with %v", err)
	}
}

func (d disk) free() {
	d.Helper()
	if err := os.Remove(d.ballast()); err != nil {
		d.Error(err)
	}
}
