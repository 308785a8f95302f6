package redisstore

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/freeport"
	"github.com/minitill/minitill/signing"
)

func TestInvalidSettingsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		fields string
	}{
		"a URL and addresses":            {Config{URL: signing.NewSecret("redis://a"), Addresses: []string{"b:1"}}, "addresses"},
		"another scheme":                 {Config{URL: signing.NewSecret("http://u:hush@a")}, "url"},
		"a # in the password":            {Config{URL: signing.NewSecret("redis://:12#hush@a:6379")}, "url"},
		"a / in the password":            {Config{URL: signing.NewSecret("redis://:12/hush@a:6379")}, "url"},
		"a ? in the password":            {Config{URL: signing.NewSecret("redis://:12?hush@a:6379")}, "url"},
		"a % in the password":            {Config{URL: signing.NewSecret("redis://:5%hush@a:6379")}, "url"},
		"no host":                        {Config{URL: signing.NewSecret("redis://:hush@")}, "url"},
		"several hosts":                  {Config{URL: signing.NewSecret("redis://:hush@a:1,b:2")}, "url"},
		"a host of a socket":             {Config{URL: signing.NewSecret("unix://a/run/redis")}, "url"},
		"a database that is no number":   {Config{URL: signing.NewSecret("redis://a/hush")}, "url"},
		"a database below 0":             {Config{URL: signing.NewSecret("redis://a/-1")}, "url"},
		"an option that does not exist":  {Config{URL: signing.NewSecret("redis://a?hush=1")}, "url"},
		"an address without a port":      {Config{Addresses: []string{"a"}}, "addresses"},
		"a master without a sentinel":    {Config{MasterName: "m"}, "masterName"},
		"a sentinel's user alone":        {Config{Addresses: []string{"a:1"}, SentinelUsername: "u"}, "masterName"},
		"a database of a cluster":        {Config{Addresses: []string{"a:1", "b:1"}, Database: 1}, "database"},
		"a password for the embedded":    {Config{Password: signing.NewSecret("hush")}, "url"},
		"certificates without TLS":       {Config{URL: signing.NewSecret("redis://a"), CAFile: "config_test.go"}, "caFile caFile"},
		"certificates that are not here": {Config{URL: signing.NewSecret("rediss://a"), CAFile: "nowhere"}, "caFile"},
	} {
		_, err := Open(context.Background(), c.config)
		var names []string
		for _, f := range fault.Of(err).Fields {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); fault.KindOf(err) != fault.Invalid || got != c.fields {
			t.Errorf("%s: got %v about %q, want invalid about %q", name, err, got, c.fields)
		}
		if text := fmt.Sprintf("%v %+v", err, c.config); strings.Contains(text, "hush") {
			t.Errorf("%s: the password is in %s", name, text)
		}
	}
}

func TestTheClientFollowsItsSettings(t *testing.T) {
	client := func(c Config) redis.UniversalClient {
		got, err := connect(c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = got.Close() })
		return got
	}
	single := client(Config{URL: signing.NewSecret("redis://u:old@h:1/2"), Password: signing.NewSecret("new"), TLS: true}).(*redis.Client).Options()
	if single.Addr != "h:1" || single.Username != "u" || single.Password != "new" || single.DB != 2 || single.TLSConfig == nil {
		t.Errorf("a URL with settings: got %+v", single)
	}
	lone := client(Config{Addresses: []string{"h:1"}, Username: "u", Database: 3}).(*redis.Client).Options()
	if lone.Addr != "h:1" || lone.Username != "u" || lone.DB != 3 || lone.TLSConfig != nil {
		t.Errorf("one address: got %+v", lone)
	}
	cluster := client(Config{Addresses: []string{"h:1", "h:2"}, Password: signing.NewSecret("p"), TLS: true}).(*redis.ClusterClient).Options()
	if len(cluster.Addrs) != 2 || cluster.Password != "p" || cluster.TLSConfig == nil || cluster.ReadTimeout != timeout {
		t.Errorf("several addresses: got %+v", cluster)
	}
	sentinel := client(Config{Addresses: []string{"h:1", "h:2"}, MasterName: "m", Database: 4, Username: "u"}).(*redis.Client).Options()
	if sentinel.Addr != "FailoverClient" || sentinel.DB != 4 || sentinel.Username != "u" || sentinel.ReadTimeout != timeout {
		t.Errorf("sentinels: got %+v", sentinel)
	}
}

func TestEverythingWorksWithACluster(t *testing.T) {
	address := startTCP(t, "redis-server", "--cluster-enabled", "yes", "--cluster-port", port(freeport.Address(t)))
	admin := redis.NewClient(&redis.Options{Addr: address, MaintNotificationsConfig: noNotices})
	defer admin.Close()
	ctx := context.Background()
	if err := admin.ClusterAddSlotsRange(ctx, 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	await(t, "the cluster to be complete", func() bool {
		return strings.Contains(admin.ClusterInfo(ctx).Val(), "cluster_state:ok")
	})
	tryEverything(t, Config{Addresses: []string{address, address}})
}

func TestEverythingWorksWithSentinels(t *testing.T) {
	server := startTCP(t, "redis-server")
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	text := fmt.Sprintf("sentinel monitor till 127.0.0.1 %s 1\n", port(server))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sentinel := startTCP(t, "redis-server", file, "--sentinel")
	tryEverything(t, Config{Addresses: []string{sentinel}, MasterName: "till"})
}

// tryEverything uses each thing a store does once.
func tryEverything(t *testing.T, config Config) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	config.timeout = unhurried
	s, err := Open(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	await(t, "the first answer", func() bool {
		first, err := s.Once(ctx, "a", "1", time.Hour)
		return first && err == nil
	})
	if first, err := s.Once(ctx, "a", "1", time.Hour); first || err != nil {
		t.Errorf("Once again: got %v, %v", first, err)
	}
	for _, want := range []bool{true, false} {
		if ok, _, err := s.Allow(ctx, "k", Limit{N: 1, Per: time.Hour}); ok != want || err != nil {
			t.Errorf("Allow: got %v, %v, want %v", ok, err, want)
		}
	}
	woken := make(chan bridge.OrderID, 1)
	var listening sync.WaitGroup
	listening.Go(func() { _ = s.Subscribe(ctx, func(id bridge.OrderID) { woken <- id }) })
	await(t, "the subscription", s.Healthy)
	const id = "ord_01ARZ3NDEKTSV4RRFFQ69G5FAV"
	s.Publish(id)
	if got := <-woken; got != id {
		t.Errorf("woken for %s, want %s", got, id)
	}
	stop()
	listening.Wait()
}

// await tries until something is so.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for end := time.Now().Add(unhurried); time.Now().Before(end); <-again.C {
		if is() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

// startTCP starts a Redis on a free port of this machine and returns its address.
func startTCP(t *testing.T, command string, args ...string) string {
	t.Helper()
	needServer(t)
	address := freeport.Address(t)
	args = append(args, "--port", port(address), "--bind", "127.0.0.1", "--dir", t.TempDir())
	cmd := exec.Command(command, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	await(t, "redis-server", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return address
}

func port(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}
