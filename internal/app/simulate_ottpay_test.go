package app

import (
	"bufio"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// The settings that the simulator prints are those of a till that can reach it.
func TestTheSettingsOfTheOTTPaySimulatorAreRight(t *testing.T) {
	for _, generation := range []string{"web", "rest"} {
		dir := t.TempDir()
		settings := printedSettings(t, "simulate", "ottpay", "--generation", generation, "--listen", "127.0.0.1:0", "--data", dir)
		config := inDirectory(t, map[string]string{"minitill.yaml": "apps: {shop: {wallets: [ott]}}\nwallets:\n  ott:\n" + settings})
		if output := command(t, "serve", "--check", "--config", filepath.Join(config, "minitill.yaml")); !strings.Contains(output, "ott") {
			t.Errorf("%s: got %q, want no mistake", generation, output)
		}
		if !strings.Contains(settings, "signKeyFile: "+filepath.Join(dir, "ottpay.key")) {
			t.Errorf("%s: the settings are\n%s", generation, settings)
		}
	}
}

// printedSettings runs a simulator until the test ends, and returns the settings that it prints.
func printedSettings(t *testing.T, args ...string) string {
	t.Helper()
	return settingsPrintedBy(t, Env{Args: args})
}

// settingsPrintedBy is printedSettings for a binary of its own.
func settingsPrintedBy(t *testing.T, env Env) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	env.Out, env.Err = in, t.Output()
	go func() {
		ended <- Main(ctx, env)
		_ = in.Close() // a start that failed ends the scan below
	}()
	t.Cleanup(func() {
		stop()
		go func() { _, _ = io.Copy(io.Discard, out) }()
		<-ended
	})
	var b strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan() && !strings.HasPrefix(lines.Text(), "No money moves"); {
		if strings.HasPrefix(lines.Text(), "    ") {
			b.WriteString(lines.Text() + "\n")
		}
	}
	return b.String()
}
