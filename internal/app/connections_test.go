package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/minitill/minitill/internal/conns"
)

func TestConnectionsStayBelowTheDescriptors(t *testing.T) {
	for name, test := range map[string]struct {
		set         limitsConfig
		descriptors int
		want        conns.Limits
	}{
		"as many as there are by default": {limitsConfig{}, manyDescriptors, conns.Limits{Connections: 10_000, Room: 1250, PerAddress: 2500}},
		"half of the descriptors":         {limitsConfig{}, 1024, conns.Limits{Connections: 512, Room: 64, PerAddress: 128}},
		"never none":                      {limitsConfig{}, 20, conns.Limits{Connections: 16, Room: 2, PerAddress: 4}},
		"what is configured":              {limitsConfig{Connections: 400, ConnectionsPerAddress: 300}, 1024, conns.Limits{Connections: 400, Room: 50, PerAddress: 300}},
		"more than there can be":          {limitsConfig{Connections: 4000, ConnectionsPerAddress: 3000}, 1024, conns.Limits{Connections: 512, Room: 64, PerAddress: 512}},
	} {
		t.Run(name, func(t *testing.T) {
			got := test.set.connectionLimits(test.descriptors)
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			held := test.set.placeLimits(got)
			if held.All > got.Connections-got.Room || held.All < 1 || held.PerAddress > held.All || held.PerAddress < 1 {
				t.Errorf("%+v may be held back of %+v", held, got)
			}
		})
	}
}

const (
	descriptorsOfTests = 128
	// fewDescriptorsIn tells this binary, started again, to serve from that directory with
	// few descriptors; takenDescriptors is how many of them are taken by something else.
	fewDescriptorsIn = "MINITILL_TEST_FEW_DESCRIPTORS"
	takenDescriptors = "MINITILL_TEST_TAKEN_DESCRIPTORS"
)

// starvedMain serves with few descriptors.
func starvedMain(data string) int {
	const few = descriptorsOfTests
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: few, Max: few}); err != nil {
		fmt.Println(err)
		return 1
	}
	taken, _ := strconv.Atoi(os.Getenv(takenDescriptors))
	for range taken {
		if _, err := syscall.Open(os.DevNull, syscall.O_RDONLY, 0); err != nil { // stays open
			fmt.Println(err)
			return 1
		}
	}
	return Main(context.Background(), Env{Args: []string{"serve", "--listen", "127.0.0.1:0", "--data", data}, Out: os.Stdout, Err: os.Stdout})
}

// starved is a server with few descriptors, in a process of its own.
type starved struct {
	base string
	out  *bufio.Reader
	kill func()
}

func startStarved(t *testing.T, taken int) *starved {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), fewDescriptorsIn+"="+t.TempDir(), takenDescriptors+"="+strconv.Itoa(taken))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	s := &starved{out: bufio.NewReader(out), kill: sync.OnceFunc(func() { _ = child.Process.Kill() })}
	t.Cleanup(func() { s.kill(); _ = child.Wait() })
	line := s.until(t, "minitill is ready at ")
	_, rest, _ := strings.Cut(line, "minitill is ready at ")
	s.base, _, _ = strings.Cut(rest, " ")
	return s
}

// until reads what the server says to the first line that has a text.
func (s *starved) until(t *testing.T, text string) string {
	t.Helper()
	for {
		line, err := s.out.ReadString('\n')
		if strings.Contains(line, text) {
			return line
		}
		if err != nil {
			t.Fatalf("the server ended and did not say %q", text)
		}
	}
}

// hold opens connections and does nothing with them.
func (s *starved) hold(t *testing.T, n int) (release func()) {
	t.Helper()
	var held []net.Conn
	for range n {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
	}
	return func() {
		for _, c := range held {
			_ = c.Close()
		}
	}
}

func (s *starved) serves(t *testing.T) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, path := range []string{"/readyz", "/demo/"} {
		resp, err := client.Get(s.base + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s got %d", path, resp.StatusCode)
		}
	}
}

// TestAServerWithFewDescriptorsGoesOn while a caller holds many times as many connections
// as it has descriptors.
func TestAServerWithFewDescriptorsGoesOn(t *testing.T) {
	s := startStarved(t, 0)
	defer s.hold(t, 3*descriptorsOfTests)()
	s.serves(t)
	s.kill()
	if said, _ := io.ReadAll(s.out); strings.Contains(string(said), "out of file descriptors") {
		t.Errorf("the server ran out: %s", said)
	}
}

// TestRunningOutOfDescriptorsIsAnErrorThatPasses: something else has taken them, so that
// the bounds of connections do not help.
func TestRunningOutOfDescriptorsIsAnErrorThatPasses(t *testing.T) {
	s := startStarved(t, descriptorsOfTests*5/8)
	release := s.hold(t, descriptorsOfTests/2)
	if line := s.until(t, "out of file descriptors"); !strings.Contains(line, "level=ERROR") {
		t.Errorf("the log says %s", line)
	}
	release()
	s.serves(t)
}
