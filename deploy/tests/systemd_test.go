package tests

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// unit is a copy of the unit that starts the binary under test.
func unit(t *testing.T) (path, text string) {
	t.Helper()
	text = replaced(t, read(t, "systemd", "minitill.service"), "/usr/local/bin/minitill", minitill)
	return write(t, t.TempDir(), "minitill.service", text), text
}

// systemd-analyze exits with 0 about an unknown setting: what it prints counts.
func TestSystemdHasNothingToSayAboutTheUnit(t *testing.T) {
	analyze := tool(t, "systemd-analyze")
	path, _ := unit(t)
	if got := output(t, analyze, "verify", "--man=no", path); got != "" {
		t.Errorf("systemd-analyze verify prints\n%s", got)
	}
	output(t, analyze, "security", "--offline=true", "--no-pager", "--threshold=20", path) // 2.0 at most
}

// TestTheUnitsCommandServes runs ExecStart with the unit's environment, a folder of
// credentials and a socket for notifications. The sandbox of systemd is not run here.
func TestTheUnitsCommandServes(t *testing.T) {
	_, text := unit(t)
	port, credentials, states := freePort(t), t.TempDir(), t.TempDir()
	write(t, credentials, "wallet.key", "0123456789 a key of 32 characters")
	write(t, credentials, "minitill.yaml", `publicUrl: https://pay.example.com
listen: 127.0.0.1:`+port+`
apps: {shop: {wallets: [main]}}
wallets: {main: {type: sandbox, baseUrl: "https://sandbox.example.com", keyId: k1, keyFile: wallet.key}}
`)
	for _, line := range []string{"LoadCredential=minitill.yaml:", "LoadCredential=wallet.key:", "StateDirectory=minitill\n", "Type=notify\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("the unit has no %s", line)
		}
	}
	socket := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	expand := func(s string) string {
		return strings.NewReplacer("${CREDENTIALS_DIRECTORY}", credentials, "%S", states).Replace(s)
	}
	env := append(strings.Fields(expand(setting(t, text, "Environment"))), "CREDENTIALS_DIRECTORY="+credentials, "NOTIFY_SOCKET="+socket)
	if err := os.Mkdir(filepath.Join(states, "minitill"), 0o700); err != nil {
		t.Fatal(err)
	}
	command := strings.Fields(expand(setting(t, text, "ExecStart")))
	p := start(t, env, command[0], command[1:]...)
	if got := told(t, c, p); got != "READY=1" {
		t.Fatalf("at the start it receives %q", got)
	}
	if !answers("http://127.0.0.1:" + port + "/readyz") {
		t.Error("the till is not ready, and said so")
	}
	p.stop(t)
	if got := told(t, c, p); got != "STOPPING=1" {
		t.Errorf("at the stop it receives %q", got)
	}
	for _, name := range []string{"minitill.db", "keys.json"} {
		if _, err := os.Stat(filepath.Join(states, "minitill", name)); err != nil {
			t.Error(err)
		}
	}
}

// setting is the value of a setting of the unit.
func setting(t *testing.T, text, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "\n"+name+"=")
	if !found {
		t.Fatalf("the unit has no %s", name)
	}
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

// told is the next state that the service manager gets.
func told(t *testing.T, c *net.UnixConn, p *process) (state string) {
	t.Helper()
	b := make([]byte, 200)
	await(t, "the service manager is notified", func() bool {
		ended := p.ended()
		if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		n, err := c.Read(b)
		state = string(b[:n])
		if err != nil && ended {
			t.Fatal("the till ended without telling: ", p.err)
		}
		return err == nil
	})
	return state
}
