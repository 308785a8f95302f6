package run_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/run"
)

// asMain makes the test binary the command minitill.
const asMain = "MINITILL_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		os.Exit(run.Main())
	}
	os.Exit(m.Run())
}

// process is a till in a process of its own.
type process struct {
	*testing.T
	cmd  *exec.Cmd
	base string
}

func startProcess(t *testing.T, config string) *process {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "minitill.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "serve", "--config", file, "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"))
	cmd.Env, cmd.Stderr = append(os.Environ(), asMain+"=1"), t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the till printed %q: %v", line, err)
	}
	_, rest, _ := strings.Cut(line, "minitill is ready at ")
	base, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	return &process{t, cmd, base}
}

func (p *process) terminate() {
	p.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.Fatal(err)
	}
}

// do sends a request and returns its answer, whose body the caller closes.
func (p *process) do(method, path, token, key, body string) *http.Response {
	p.Helper()
	req, err := http.NewRequestWithContext(p.Context(), method, p.base+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	for name, value := range map[string]string{"Content-Type": "application/json", "Authorization": "Bearer " + token, "Idempotency-Key": key} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.Fatal(err)
	}
	return resp
}

// create creates an order, and reports whether the server ended the connection.
func (p *process) create(token, key string) (id string, ended bool) {
	p.Helper()
	resp := p.do("POST", "/miniapp/v1/orders", token, key, `{"items":[{"sku":"flat-white","quantity":1}]}`)
	defer resp.Body.Close()
	var made struct{ Order struct{ ID string } }
	if err := json.NewDecoder(resp.Body).Decode(&made); err != nil || resp.StatusCode != 201 {
		p.Fatalf("an order was answered %d, %v", resp.StatusCode, err)
	}
	return made.Order.ID, resp.Close
}

// follow opens the event stream of an order, and returns its next status: empty at its end.
func (p *process) follow(token, id string) (next func() string) {
	p.Helper()
	resp := p.do("GET", "/miniapp/v1/orders/"+id+"/stream", token, "", "")
	p.Cleanup(func() { resp.Body.Close() })
	lines := bufio.NewScanner(resp.Body)
	return func() string {
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			var event struct{ Order struct{ Status string } }
			if err := json.Unmarshal([]byte(data), &event); err != nil {
				p.Error(err)
			}
			return event.Order.Status
		}
		if err := lines.Err(); err != nil {
			p.Errorf("the stream was cut: %v", err)
		}
		return ""
	}
}

// awaitRetired polls readiness until it is refused.
func (p *process) awaitRetired() {
	p.Helper()
	for ready := true; ready; {
		resp := p.do("GET", "/readyz", "", "", "")
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		ready = resp.StatusCode != http.StatusServiceUnavailable
	}
}

// TestAStoppingProcessServesUntilItHasDrained: after SIGTERM it is not ready, but takes orders
// and holds answers. The second signal ends the time, with the present state for who waits.
func TestAStoppingProcessServesUntilItHasDrained(t *testing.T) {
	p := startProcess(t, "sandbox: true\nserver: {drain: 5m}\n")
	resp := p.do("POST", "/miniapp/v1/sessions", "", "", `{"wallet":"sandbox"}`)
	defer resp.Body.Close()
	var session struct{ Token string }
	if err := json.NewDecoder(resp.Body).Decode(&session); err != nil {
		t.Fatal(err)
	}
	canceled, _ := p.create(session.Token, "first")
	held, _ := p.create(session.Token, "second")
	change, stay := p.follow(session.Token, canceled), p.follow(session.Token, held)
	if a, b := change(), stay(); a != "pending" || b != "pending" {
		t.Fatalf("the orders are %q and %q, want pending", a, b)
	}

	p.terminate()
	p.awaitRetired()
	if _, ended := p.create(session.Token, "third"); !ended {
		t.Error("a caller keeps its connection to a server that drains")
	}
	p.do("POST", "/miniapp/v1/orders/"+canceled+"/cancel", session.Token, "fourth", "").Body.Close()
	status := change()
	for status == "pending" { // the cancel is noted first
		status = change()
	}
	if status != "canceled" {
		t.Errorf("a stream of a server that drains told %q, want canceled", status)
	}

	p.terminate()
	if got := stay(); got != "" {
		t.Errorf("the stream that was held told %q, want that it ends", got)
	}
	p.awaitExit()
}

// TestAProcessThatNeedsNotDrainStopsAtOnce at the first signal.
func TestAProcessThatNeedsNotDrainStopsAtOnce(t *testing.T) {
	p := startProcess(t, "sandbox: true\nserver: {drain: 0s}\n")
	p.terminate()
	p.awaitExit()
}

// awaitExit expects that the process ends in order.
func (p *process) awaitExit() {
	p.Helper()
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	ctx, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	select {
	case err := <-ended:
		if err != nil {
			p.Errorf("the process ended with %v", err)
		}
	case <-ctx.Done():
		p.Error("the process does not end")
	}
}
