package app

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/sandbox"
)

// TestMain runs the test binary as a till when it is started as one, or as one that has
// few descriptors.
func TestMain(m *testing.M) {
	if config := os.Getenv("MINITILL_TEST_TILL"); config != "" {
		os.Exit(tillMain(config))
	}
	if data := os.Getenv(fewDescriptorsIn); data != "" {
		os.Exit(starvedMain(data))
	}
	os.Exit(pgtest.Main(m))
}

// tillConfig configures a till in a child process.
type tillConfig struct {
	Listen, Data, Provider string
	Config                 string // a configuration file, which has all but the next
	Expiry, CallTimeout    time.Duration
	Skew                   time.Duration // of the process's clock
	Log                    string        // a file for the log; empty: there is none
}

const killKey = "a key for tests, 0123456789 long"

func tillMain(text string) int {
	var c tillConfig
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	o := options{listen: c.Listen, data: c.Data, expiry: c.Expiry, callTimeout: c.CallTimeout, skew: c.Skew, log: slog.New(slog.DiscardHandler)}
	if c.Log != "" {
		file, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		o.log = slog.New(slog.NewTextHandler(file, nil))
	}
	if c.Provider != "" {
		o.provider = &sandbox.Config{BaseURL: c.Provider, KeyID: "k1", Key: signing.NewSecret(killKey)}
	}
	if c.Config != "" {
		config, err := flags{Config: c.Config}.load()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		o.config, o.listen = config, config.Listen
	}
	fmt.Fprintln(os.Stderr, serve(context.Background(), o, os.Stdout))
	return 1
}

// till is a till in a process of its own.
type till struct{ cmd *exec.Cmd }

func startTill(t *testing.T, config tillConfig) *till {
	t.Helper()
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "MINITILL_TEST_TILL="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "minitill is ready") {
		t.Fatalf("the till printed %q, %v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return &till{cmd}
}

// kill ends the process as a power cut would.
func (x *till) kill(t *testing.T) {
	t.Helper()
	if err := x.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = x.cmd.Wait()
}
