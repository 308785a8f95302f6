package app

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/console/operator"
)

// greet prints the addresses of the server. The first line is stable, for programs that
// wait for it.
func (n *node) greet(out io.Writer, c *config, took time.Duration) {
	var b strings.Builder
	fmt.Fprintf(&b, "minitill is ready at %s (%d ms)\n\n", n.public, took.Milliseconds())
	if c.Sandbox {
		fmt.Fprintf(&b, "  Demo shop   %s/demo/\n", n.public)
	}
	fmt.Fprintf(&b, "  Client API  %s/miniapp/v1\n", n.public)
	fmt.Fprintf(&b, "  Merchants   %s/v1\n", n.public)
	fmt.Fprintf(&b, "  Docs        %s/docs\n", n.public)
	fmt.Fprintf(&b, "  Helper      %s/sdk/minitill.js\n", n.public)
	switch {
	case n.first != "":
		fmt.Fprintf(&b, "  Console     %s (for %s, once)\n", n.first, operator.FirstLinkLife)
	case n.operate != "":
		fmt.Fprintf(&b, "  Console     %s\n", n.operate)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Wallets)) {
		fmt.Fprintf(&b, "  Wallet      %s notifies %s/notify/%s\n", name, n.public, name)
	}
	if n.admin != nil {
		fmt.Fprintf(&b, "  Metrics     http://%s/metrics\n", reachable(n.admin.Addr()))
	}
	if c.keepsFiles() {
		fmt.Fprintf(&b, "  Data        %s\n", n.data)
	}
	if c.Sandbox {
		fmt.Fprintf(&b, "  API key     %s\n", filepath.Join(n.data, apiKeyFile))
	}
	b.WriteString("\n" + c.farewell() + "\n")
	_, _ = io.WriteString(out, b.String()) // in one write, so that a waiting program reads it whole
}

// farewell returns the last line of the greeting: whether real payments are possible.
func (c *config) farewell() string {
	if len(c.Apps) == 0 {
		return "No money moves: the wallet is a sandbox. Stop with Ctrl-C; orders are kept."
	}
	return c.describe()
}

// describe summarizes the configuration in one line.
func (c *config) describe() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(c.Apps)) {
		parts = append(parts, name+" with "+strings.Join(c.Apps[name].Wallets, ", "))
	}
	if c.Sandbox {
		parts = append(parts, "the sandbox")
	}
	store, redis := "SQLite", "the embedded Redis"
	if c.shared() {
		store = "PostgreSQL"
	}
	if !c.Redis.Embedded() {
		redis = "Redis"
	}
	return "Serving " + strings.Join(parts, "; ") + ", on " + store + " and " + redis + "."
}
