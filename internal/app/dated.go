package app

import (
	"net/http"

	"github.com/minitill/minitill/wallet/transport"
)

// walletClient returns the HTTP client of a wallet's calls; nil is the wallet's default. With
// metrics it compares the clock of the wallet's server with this node's.
func (n *node) walletClient(name string) *http.Client {
	if n.admin == nil {
		return nil
	}
	client := transport.Client()
	client.Transport = &dated{n, name, client.Transport}
	return client
}

// dated measures the header Date of a wallet's answers. The node's metrics are there before
// the first call.
type dated struct {
	node   *node
	wallet string
	next   http.RoundTripper
}

// RoundTrip sends one request.
func (d *dated) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := d.node.clock.Now()
	resp, err := d.next.RoundTrip(r)
	if err == nil && d.node.metrics != nil {
		d.node.metrics.Dated(d.wallet, resp.Header.Get("Date"), sent, d.node.clock.Now())
	}
	return resp, err
}

// CloseIdleConnections closes the idle connections.
func (d *dated) CloseIdleConnections() {
	if closer, ok := d.next.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}
