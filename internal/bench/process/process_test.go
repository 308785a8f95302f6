package process

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestMain runs the test binary as a server when it is started as one.
func TestMain(m *testing.M) {
	switch os.Getenv("BENCH_PROCESS") {
	case "serve":
		fmt.Println("the server is ready at http://127.0.0.1:1 (2 ms)")
		stopped := make(chan os.Signal, 1)
		signal.Notify(stopped, syscall.SIGTERM)
		<-stopped
		os.Exit(0)
	case "fail":
		fmt.Fprintln(os.Stderr, "no port is free")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func logFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestAProcessIsReadyWhenItSaysSoAndEndsWhenStopped(t *testing.T) {
	t.Setenv("BENCH_PROCESS", "serve")
	p, err := Start(t.Context(), logFile(t), os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if p.URL != "http://127.0.0.1:1" || p.Started <= 0 {
		t.Errorf("got %q after %v", p.URL, p.Started)
	}
	p.Stop()
	select {
	case <-p.ended:
	default:
		t.Error("the process runs after Stop")
	}
}

func TestAProcessThatFailsNamesItsLog(t *testing.T) {
	t.Setenv("BENCH_PROCESS", "fail")
	log := logFile(t)
	_, err := Start(t.Context(), log, os.Args[0])
	if err == nil || !strings.Contains(err.Error(), log.Name()) {
		t.Errorf("got %v, want the log's name", err)
	}
	if text, _ := os.ReadFile(log.Name()); !strings.Contains(string(text), "no port is free") {
		t.Errorf("the log has %q", text)
	}
}
