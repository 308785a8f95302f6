package redisstore

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9/logging"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// TestMain keeps the client's own log out of the tests, which stop Redis.
func TestMain(m *testing.M) {
	logging.Disable()
	os.Exit(m.Run())
}

// unhurried is how long a test waits for an answer that must come: a quarter of a second is
// too short on a busy machine, and a clock that stands still never calls again after it.
const unhurried = time.Minute

// clock is a clock that stands still unless it is moved.
type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time        { return time.UnixMilli(c.ms.Load()) }
func (c *clock) move(by time.Duration) { c.ms.Add(by.Milliseconds()) }

func open(t testing.TB, url string) (*Store, *clock) {
	t.Helper()
	c := &clock{}
	c.ms.Store(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC).UnixMilli())
	s, err := Open(context.Background(), Config{URL: signing.NewSecret(url), Now: c.now, timeout: unhurried})
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
	})
	return s, c
}

// eachKind runs a test with the embedded Redis and with a real one.
func eachKind(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Run("embedded", func(t *testing.T) {
		s, _ := open(t, "")
		test(t, s)
	})
	t.Run("real", func(t *testing.T) {
		s, _ := open(t, startServer(t).url)
		test(t, s)
	})
}

// server is a Redis of the test's own, which listens on a file and on no port.
type server struct {
	t    testing.TB
	dir  string
	url  string
	stop func()
}

// needServer skips aloud where no Redis is installed, and fails where it must not be.
func needServer(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil && os.Getenv("CI") == "" {
		t.Skip("SKIPPED: no redis-server is installed")
	} else if err != nil {
		t.Fatal("no redis-server is installed")
	}
}

func startServer(t testing.TB) *server {
	t.Helper()
	needServer(t)
	dir, err := os.MkdirTemp("", "redis") // short: the path of a socket has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	v := &server{t: t, dir: dir, url: "unix://" + filepath.Join(dir, "r")}
	v.start()
	t.Cleanup(func() { v.stop() })
	return v
}

// start returns when the server reports that it accepts connections.
func (v *server) start() {
	v.t.Helper()
	cmd := exec.Command("redis-server", "--port", "0", "--unixsocket", filepath.Join(v.dir, "r"),
		"--dir", v.dir, "--save", "", "--appendonly", "no")
	out, err := cmd.StdoutPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	v.stop = sync.OnceFunc(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "eady to accept connections") {
			go func() {
				for lines.Scan() { // so that it never waits for a reader
				}
			}()
			return
		}
	}
	v.t.Fatalf("redis-server ended before it was ready: %v", lines.Err())
}

func TestOnceIsOncePerNamespaceAndValue(t *testing.T) {
	eachKind(t, func(t *testing.T, s *Store) {
		for _, step := range []struct {
			name, namespace, value string
			want                   bool
		}{
			{"a new value", "a", "1", true},
			{"the same again", "a", "1", false},
			{"another value", "a", "2", true},
			{"another namespace", "b", "1", true},
			{"the same once more", "a", "1", false},
		} {
			first, err := s.Once(context.Background(), step.namespace, step.value, time.Hour)
			if err != nil || first != step.want {
				t.Errorf("%s: got %v, %v, want %v", step.name, first, err, step.want)
			}
		}
	})
}

func TestOfManyConcurrentCallsOneIsFirst(t *testing.T) {
	eachKind(t, func(t *testing.T, s *Store) {
		var firsts atomic.Int32
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				first, err := s.Once(context.Background(), "a", "1", time.Hour)
				if err != nil {
					t.Errorf("Once: got %v, want nil", err)
				}
				if first {
					firsts.Add(1)
				}
			})
		}
		all.Wait()
		if firsts.Load() != 1 {
			t.Errorf("firsts: got %d, want 1", firsts.Load())
		}
	})
}

func TestTheEmbeddedRedisAges(t *testing.T) {
	ctx := context.Background()
	for _, step := range []struct {
		name   string
		passed time.Duration
		aged   bool
		want   bool
	}{
		{"just before the end", time.Minute - time.Millisecond, false, true},
		{"just before the end, after ageing", time.Minute - time.Millisecond, true, true},
		{"at the end, before ageing", time.Minute, false, false},
		{"long after, after ageing", time.Hour, true, false},
	} {
		s, clock := open(t, "")
		clock.move(900 * time.Millisecond) // a key is seldom made right after a tick
		if _, err := s.Once(ctx, "a", "1", time.Minute); err != nil {
			t.Fatal(err)
		}
		clock.move(step.passed)
		if step.aged {
			s.embedded.ageOnce()
		}
		if first, err := s.Once(ctx, "a", "1", time.Minute); err != nil || first == step.want {
			t.Errorf("%s: first: got %v, %v, want %v", step.name, first, err, !step.want)
		}
	}
}

func TestAgeingFreesMemory(t *testing.T) {
	s, clock := open(t, "")
	ctx := context.Background()
	_, _ = s.Once(ctx, "a", "1", time.Minute)
	_, _, _ = s.Allow(ctx, "k", Limit{N: 1, Per: time.Minute})
	clock.move(2 * time.Minute)
	s.embedded.ageOnce()
	if keys := s.embedded.server.Keys(); len(keys) != 0 || len(s.embedded.limits) != 0 {
		t.Errorf("left: got keys %v and %d limits, want none", keys, len(s.embedded.limits))
	}
}

// A real Redis ages by itself, in its own time.
func TestTheRealRedisAges(t *testing.T) {
	s, _ := open(t, startServer(t).url)
	for firsts := 0; firsts < 2; { // the second comes when the first has ended
		first, err := s.Once(context.Background(), "a", "1", time.Millisecond)
		if err != nil {
			t.Fatalf("Once: got %v, want nil", err)
		}
		if first {
			firsts++
		}
	}
}

func TestLimits(t *testing.T) {
	s, clock := open(t, "")
	limit := Limit{N: 3, Per: 30 * time.Second}
	for _, step := range []struct {
		name  string
		after time.Duration
		ok    bool
		retry time.Duration
	}{
		{"the first", 0, true, 0},
		{"the second", 0, true, 0},
		{"the third", 0, true, 0},
		{"one too many", 0, false, 10 * time.Second},
		{"one too many, later", 4 * time.Second, false, 6 * time.Second},
		{"when it may", 6 * time.Second, true, 0},
		{"and one too many again", 0, false, 10 * time.Second},
		{"after a long pause", time.Hour, true, 0},
	} {
		clock.move(step.after)
		ok, retry, err := s.Allow(context.Background(), "k", limit)
		if err != nil || ok != step.ok || retry != step.retry {
			t.Errorf("%s: got %v, %v, %v, want %v, %v", step.name, ok, retry, err, step.ok, step.retry)
		}
	}
	if ok, _, err := s.Allow(context.Background(), "other", limit); err != nil || !ok {
		t.Errorf("another key: got %v, %v, want allowed", ok, err)
	}
}

func TestLimitsAreSharedInARealRedis(t *testing.T) {
	v := startServer(t)
	first, _ := open(t, v.url)
	second, _ := open(t, v.url)
	limit := Limit{N: 4, Per: time.Hour}
	allowed := 0
	for i := range 10 {
		ok, retry, err := []*Store{first, second}[i%2].Allow(context.Background(), "k", limit)
		if err != nil {
			t.Fatalf("Allow: got %v, want nil", err)
		}
		if ok {
			allowed++
		} else if retry <= 0 || retry > limit.interval() {
			t.Errorf("retryAfter: got %v, want more than 0 and at most %v", retry, limit.interval())
		}
	}
	if allowed != limit.N {
		t.Errorf("allowed by two nodes maxIDs: got %d, want %d", allowed, limit.N)
	}
}

func TestAFaultOfABadURLHasNoPassword(t *testing.T) {
	_, err := Open(context.Background(), Config{URL: signing.NewSecret("http://user:hush@localhost")})
	if fault.KindOf(err) != fault.Invalid || strings.Contains(err.Error(), "hush") {
		t.Errorf("Open: got %v, want invalid and no password", err)
	}
}
