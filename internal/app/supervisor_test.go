package app

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

// supervisor is the socket of a service manager.
func supervisor(t *testing.T) *net.UnixConn {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Skip("SKIPPED: no datagram sockets here: ", err)
	}
	t.Cleanup(func() { c.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return c
}

// told reads one state.
func told(t *testing.T, c *net.UnixConn) string {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	n, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestTheSupervisorIsToldOfStartAndStop(t *testing.T) {
	c := supervisor(t)
	r := startNode(t, t.TempDir())
	if got := told(t, c); got != "READY=1" {
		t.Errorf("at the start it receives %q", got)
	}
	r.call("GET", "/readyz", "", "", 200) // what was said is so
	r.end()
	if got := told(t, c); got != "STOPPING=1" {
		t.Errorf("at the stop it receives %q", got)
	}
}

func TestASupervisorThatIsAwayStopsNothing(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "none"))
	r := startNode(t, t.TempDir())
	r.call("GET", "/readyz", "", "", 200)
	r.end()
}
