package tests

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/pgtest"
)

// patience bounds every wait. Nothing depends on how much of it is used.
const patience = 3 * time.Minute

// minitill is the binary under test: that of MINITILL_BINARY, or one that is built here.
var minitill string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	minitill = os.Getenv("MINITILL_BINARY")
	if minitill == "" {
		dir, err := os.MkdirTemp("", "minitill-deploy")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		minitill = filepath.Join(dir, "minitill")
		build := exec.Command("go", "build", "-trimpath", "-tags", "nomsgpack,timetzdata", "-ldflags", "-s -w", "-o", minitill, ".")
		build.Dir, build.Env, build.Stderr = root(), append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return pgtest.Main(m)
}

func root() string { return filepath.Join("..", "..") }

// shipped is the path of a file of deploy/.
func shipped(parts ...string) string {
	path, err := filepath.Abs(filepath.Join(append([]string{".."}, parts...)...))
	if err != nil {
		panic(err)
	}
	return path
}

// read is the text of a file of deploy/.
func read(t *testing.T, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(shipped(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// write writes a file for a test.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// replaced replaces texts that must be there.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the file has no %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// tool is the path of a program. Without it the test is not run, and fails where `make
// deploy` runs it.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/"} {
		if path, err := exec.LookPath(dir + name); err == nil {
			return path
		}
	}
	if os.Getenv("MINITILL_DEPLOY") != "" {
		t.Fatalf("%s is not installed", name)
	}
	t.Skipf("SKIPPED: %s is not installed", name)
	return ""
}

// output runs a program that must succeed, and returns all that it prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	text, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, text)
	}
	return string(text)
}

// freePort is a port of this machine that nothing listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// await calls ok until it reports true.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.After(patience)
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for !ok() {
		select {
		case <-limit:
			t.Fatalf("%s: not within %s", what, patience)
		case <-pause.C:
		}
	}
}

// answers reports whether a URL answers 200.
func answers(url string) bool {
	resp, err := http.Get(url)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// process is a server of a test.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
	log  bytes.Buffer
}

// start starts a server, which ends with the test.
func start(t *testing.T, env []string, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // workers of a proxy end with it
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
		if t.Failed() {
			t.Logf("%s printed\n%s", filepath.Base(name), tail(p.log.String()))
		}
	})
	return p
}

// ended reports whether the server has ended.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop ends a server in order and waits for it.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.done:
	case <-time.After(patience):
		t.Fatal("the process did not stop")
	}
	if p.err != nil {
		t.Fatalf("the process stopped with %v", p.err)
	}
}

// tail is the end of a log.
func tail(text string) string {
	const most = 4000
	if len(text) > most {
		text = "…" + text[len(text)-most:]
	}
	return text
}

// fetch returns the body that a URL answers.
func fetch(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(bufio.NewReader(resp.Body))
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d: %s (%v)", url, resp.StatusCode, body, err)
	}
	return string(body)
}

// checked runs serve --check on the text of a configuration, with its secrets in files.
func checked(t *testing.T, text string) {
	t.Helper()
	dir := t.TempDir()
	output(t, minitill, "keyring", "create", filepath.Join(dir, "keyring.json"))
	secrets := map[string]string{
		"wallet_key": "0123456789 a key of 32 characters", "wallet.key": "0123456789 a key of 32 characters", "redis_password": "Ohng5eekaeW4",
		"database_url": "postgres://minitill:Ohng5eekaeW4@postgres/minitill", "redis_url": "redis://:Ohng5eekaeW4@redis:6379",
	}
	for name, secret := range secrets {
		write(t, dir, name, secret)
	}
	text = strings.ReplaceAll(text, "/run/secrets/minitill/", dir+"/")
	text = strings.ReplaceAll(text, "/run/secrets/keyring\n", dir+"/keyring.json\n")
	text = strings.ReplaceAll(text, "/run/secrets/", dir+"/")
	got := output(t, minitill, "serve", "--check", "--config", write(t, dir, "minitill.yaml", text))
	if !strings.Contains(got, "shop with main") {
		t.Errorf("serve --check prints %s", got)
	}
}
