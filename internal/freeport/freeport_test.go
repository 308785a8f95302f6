package freeport_test

import (
	"net"
	"testing"

	"github.com/minitill/minitill/internal/freeport"
)

func TestAnAddressIsNoneThatTheSystemGivesToOthers(t *testing.T) {
	for range 20 {
		address := freeport.Address(t)
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if port := l.Addr().(*net.TCPAddr).Port; port >= 32768 {
			t.Errorf("got %s, want a port below 32768", address)
		}
		_ = l.Close()
	}
}
