package bench

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/internal/bench/report"
)

// Options say what is measured and with what.
type Options struct {
	Program  string   // the binary of the till, and of the reference
	Build    string   // what it says about itself
	Beside   string   // another binary of the till; empty: none
	Postgres string   // the URL of a server; empty: SQLite
	Only     []string // names of benchmarks; empty: all

	Orders      int           // requests of each side of a benchmark
	Connections int           // of the load generator
	Limit       time.Duration // of one benchmark; begun rounds end
	Filled      int           // orders in the filled store; 0: that benchmark is left out
	MeasureFor  time.Duration // each of the machine's speeds; 0: measureFor

	Dir      string // for temporary files; empty: the system's
	Progress *report.Progress
}

// The defaults of the command.
const (
	DefaultOrders      = 8000
	DefaultConnections = 16
	DefaultSeconds     = 60
)

// block is how many requests of one side are sent before the other has its turn.
const block = 800

// rounds returns how many rounds of how many requests make Orders.
func (o *Options) rounds() (rounds, count int) {
	count = min(block, max(1, o.Orders))
	return max(1, o.Orders/count), count
}

// Names returns the names of the benchmarks, in their order.
func Names() (names []string) {
	for _, s := range scenarios {
		names = append(names, s.names...)
	}
	return names
}

// check refuses what cannot be measured.
func (o *Options) check() error {
	for _, name := range o.Only {
		if !slices.Contains(Names(), name) {
			return fmt.Errorf("there is no benchmark %q: there are %s", name, strings.Join(Names(), ", "))
		}
	}
	if o.Orders < 1 || o.Connections < 1 {
		return errors.New("at least one order and one connection are needed")
	}
	if o.Postgres != "" {
		return CheckLoopback(o.Postgres)
	}
	return nil
}

// ErrForeign is the fault of an address on another machine.
var ErrForeign = errors.New("is not on this machine, and a benchmark is an attack on a server of others")

// CheckLoopback refuses a URL whose host is not this machine. A name other than localhost is
// refused, too: who answers to it may change between the check and the load. A URL of
// PostgreSQL may name hosts in its parameters, and sockets.
func CheckLoopback(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return errors.New("the URL cannot be read")
	}
	hosts := append([]string{}, u.Query()["host"]...)
	hosts = append(hosts, u.Query()["hostaddr"]...)
	if u.Host != "" || len(hosts) == 0 {
		hosts = append(hosts, u.Hostname())
	}
	for _, host := range hosts {
		if !loopback(host) {
			return fmt.Errorf("%s %w", host, ErrForeign)
		}
	}
	return nil
}

func loopback(host string) bool {
	if strings.HasPrefix(host, "/") || strings.EqualFold(host, "localhost") { // a socket, or this machine
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
