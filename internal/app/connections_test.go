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
	// fewDescriptorsIn makes this binary, started again, serve from that directory with
	// few descriptors; leftDescriptors is how many of them something else leaves once it is
	// ready, if anything else takes any.
	fewDescriptorsIn = "MINITILL_TEST_FEW_DESCRIPTORS"
	leftDescriptors  = "MINITILL_TEST_LEFT_DESCRIPTORS"
)

// starvedMain serves with few descriptors.
func starvedMain(data string) int {
	if err := limitDescriptors(); err != nil {
		fmt.Println(err)
		return 1
	}
	var out io.Writer = os.Stdout
	if left, err := strconv.Atoi(os.Getenv(leftDescriptors)); err == nil {
		out = &taker{left: left}
	}
	return Main(context.Background(), Env{Args: []string{"serve", "--listen", "127.0.0.1:0", "--data", data}, Out: out, Err: out})
}

// taker takes the descriptors of its process but a few, once the server prints that it is
// ready, and returns them when the server logs that it is out of them: the store opens more
// connections when it needs them, which may take those that were left.
type taker struct {
	left  int
	mu    sync.Mutex
	taken []*os.File
}

// Write takes the descriptors before the test reads that the server is ready.
func (k *taker) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch text := string(p); {
	case strings.Contains(text, readyText):
		k.take()
	case strings.Contains(text, outOfDescriptors):
		k.release(len(k.taken))
	}
	return os.Stdout.Write(p)
}

func (k *taker) take() {
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		k.taken = append(k.taken, f)
	}
	k.release(k.left)
}

func (k *taker) release(n int) {
	kept := len(k.taken) - n
	for _, f := range k.taken[kept:] {
		_ = f.Close()
	}
	k.taken = k.taken[:kept]
}

const (
	readyText        = "minitill is ready at "
	outOfDescriptors = "out of file descriptors"
)

// starved is a server with few descriptors, in a process of its own.
type starved struct {
	base string
	out  *bufio.Reader
	kill func()
}

func startStarved(t *testing.T, env ...string) *starved {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(append(os.Environ(), fewDescriptorsIn+"="+t.TempDir()), env...)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	s := &starved{out: bufio.NewReader(out), kill: sync.OnceFunc(func() { _ = child.Process.Kill() })}
	t.Cleanup(func() { s.kill(); _ = child.Wait() })
	_, rest, _ := strings.Cut(s.until(t, readyText), readyText)
	s.base, _, _ = strings.Cut(rest, " ")
	return s
}

// until reads the output of the server up to the first line that contains a text.
func (s *starved) until(t *testing.T, text string) string {
	t.Helper()
	for {
		line, err := s.out.ReadString('\n')
		if strings.Contains(line, text) {
			return line
		}
		if err != nil {
			t.Fatalf("the server ended and did not print %q", text)
		}
	}
}

// follow reads the output of the server from now on, since a server whose log is not read
// stops in the middle of a request. It returns a function that ends the server and returns
// that output.
func (s *starved) follow() (end func() string) {
	output := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(s.out)
		output <- string(text)
	}()
	return func() string { s.kill(); return <-output }
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
	if got := s.get(t, "/demo/"); got != http.StatusOK {
		t.Errorf("/demo/ got %d", got)
	}
	for s.get(t, "/readyz") != http.StatusOK { // its probe may have run without descriptors; the next one does not
	}
}

func (s *starved) get(t *testing.T, path string) int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(s.base + path)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// TestAServerWithFewDescriptorsKeepsServing while a caller holds many times as many
// connections as the server has descriptors.
func TestAServerWithFewDescriptorsKeepsServing(t *testing.T) {
	s := startStarved(t)
	end := s.follow()
	defer s.hold(t, 3*descriptorsOfTests)()
	s.serves(t)
	if output := end(); strings.Contains(output, outOfDescriptors) {
		t.Errorf("the server ran out of descriptors: %s", output)
	}
}

// TestRunningOutOfDescriptorsIsATemporaryError: another part of the process takes them for a while,
// so that the bounds of connections do not help.
func TestRunningOutOfDescriptorsIsATemporaryError(t *testing.T) {
	const left = 8
	s := startStarved(t, leftDescriptors+"="+strconv.Itoa(left))
	release := s.hold(t, 2*left)
	if line := s.until(t, outOfDescriptors); !strings.Contains(line, "level=ERROR") {
		t.Errorf("the log is %s", line)
	}
	defer s.follow()()
	release()
	s.serves(t)
}
