package app

import (
	"net"
	"os"
)

// States that are reported to systemd.
const (
	supervisorReady    = "READY=1"
	supervisorStopping = "STOPPING=1"
)

// tellSupervisor sends a state to the socket in NOTIFY_SOCKET, as systemd's units with
// Type=notify want it (sd_notify). Without such a socket it does nothing.
func tellSupervisor(state string) error {
	address := os.Getenv("NOTIFY_SOCKET")
	if address == "" {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Write([]byte(state))
	return err
}

// tellSupervisor logs that the supervisor could not be told; it then acts by its own limits.
func (n *node) tellSupervisor(state string) {
	if err := tellSupervisor(state); err != nil {
		n.log.Warn("service manager was not notified", "state", state, "fault", err)
	}
}
