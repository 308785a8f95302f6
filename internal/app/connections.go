package app

import (
	"cmp"
	"log/slog"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/internal/conns"
)

const (
	fewDescriptors  = 256
	manyDescriptors = 1 << 20
	// mostConnections is the default of limits.connections.
	mostConnections = 10_000
	// leastConnections is the lower bound, also with few descriptors.
	leastConnections = 16
)

// connectionLimits returns the limits of connections for a number of file descriptors. At
// most half of them are for callers: wallets, webhooks, the database and Redis need the
// rest.
func (c limitsConfig) connectionLimits(descriptors int) conns.Limits {
	most := max(leastConnections, descriptors/2)
	all := min(cmp.Or(c.Connections, mostConnections), most)
	return conns.Limits{
		Connections: all, Room: max(2, all/8),
		PerAddress: min(cmp.Or(c.ConnectionsPerAddress, max(4, all/4)), all),
	}
}

// placeLimits returns the limits of long polls and event streams: three quarters of the
// requests that may run, so that other requests are still served.
func (c limitsConfig) placeLimits(l conns.Limits) limit.PlaceLimits {
	most := max(1, (l.Connections-l.Room)*3/4)
	all := min(cmp.Or(c.Waits, most), most)
	return limit.PlaceLimits{
		All: all, PerAddress: min(cmp.Or(c.WaitsPerAddress, max(1, l.PerAddress/2)), all),
		PerOrder: c.WaitsPerOrder, PerToken: c.WaitsPerToken,
	}
}

// warnOfDescriptors logs that the descriptors allow fewer connections than configured.
func (c limitsConfig) warnOfDescriptors(l conns.Limits, descriptors int, log *slog.Logger) {
	if c.Connections > l.Connections {
		log.Warn("limits.connections is more than half of the file descriptors; raise their limit (ulimit -n, LimitNOFILE)",
			"configured", c.Connections, "descriptors", descriptors, "connections", l.Connections)
	}
}

// newConns returns the server of the node's handler.
func (n *node) newConns() *conns.Server {
	return conns.New(conns.Config{
		Handler: n.closeWhileLeaving(n.handler), Limits: n.conns, Body: n.maxBody, Proxies: n.proxies, Kept: server.Kept,
		Problems: problem.Renderer{Base: n.public, Log: n.log}, Counter: n.counter, Log: n.log,
	})
}
