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
	// mostConnections is how many connections there are where nothing else is configured.
	mostConnections = 10_000
	// leastConnections is how many there are however few descriptors there are.
	leastConnections = 16
)

// connectionLimits are the bounds of connections for so many descriptors. At most half of
// them are for callers: calls to wallets, webhooks, the database and Redis need the rest.
func (c limitsConfig) connectionLimits(descriptors int) conns.Limits {
	most := max(leastConnections, descriptors/2)
	all := min(cmp.Or(c.Connections, mostConnections), most)
	return conns.Limits{
		Connections: all, Room: max(2, all/8),
		PerAddress: min(cmp.Or(c.ConnectionsPerAddress, max(4, all/4)), all),
	}
}

// placeLimits are the bounds of long polls and event streams beside those of connections:
// most of the requests that may run, so that the others still find room.
func (c limitsConfig) placeLimits(l conns.Limits) limit.PlaceLimits {
	most := max(1, (l.Connections-l.Room)*3/4)
	all := min(cmp.Or(c.Waits, most), most)
	return limit.PlaceLimits{
		All: all, PerAddress: min(cmp.Or(c.WaitsPerAddress, max(1, l.PerAddress/2)), all),
		PerOrder: c.WaitsPerOrder, PerToken: c.WaitsPerToken,
	}
}

// warnOfDescriptors says that there are fewer connections than are configured.
func (c limitsConfig) warnOfDescriptors(l conns.Limits, descriptors int, log *slog.Logger) {
	if c.Connections > l.Connections {
		log.Warn("limits.connections is more than half of the file descriptors; raise their limit (ulimit -n, LimitNOFILE)",
			"configured", c.Connections, "descriptors", descriptors, "connections", l.Connections)
	}
}

// newConns is what serves the node's handler.
func (n *node) newConns() *conns.Server {
	return conns.New(conns.Config{
		Handler: n.handler, Limits: n.conns, Body: n.maxBody, Proxies: n.proxies, Kept: server.Kept,
		Problems: problem.Renderer{Base: n.public, Log: n.log}, Counter: n.counter, Log: n.log,
	})
}
