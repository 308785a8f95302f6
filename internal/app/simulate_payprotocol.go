package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	payprotocol "github.com/minitill/minitill/wallet/payprotocol/simulator"
)

type simulatePayprotocol struct {
	simulated
	Merchant string        `default:"Test merchant" help:"The name at the payment page."`
	Window   time.Duration `default:"30m" help:"How long an order can be paid."`
	Block    time.Duration `default:"0s" help:"How long a transfer waits for its block."`
	Scale    int           `default:"1" help:"Divides the pauses between attempts of a callback."`
}

// payprotocolKey is the merchant's key at the simulator.
const payprotocolKey = "F1R28pRQ"

// Run serves the provider until ctx ends.
func (c *simulatePayprotocol) Run(ctx context.Context, env Env) error {
	path, secret, err := c.secret("payprotocol.key")
	if err != nil {
		return err
	}
	return c.serve(ctx, env, func(url string, log *slog.Logger) (provider, string, error) {
		p, err := payprotocol.New(payprotocol.Config{
			PublicURL: url, APIKey: payprotocolKey, APISecret: secret, Merchant: c.Merchant, Window: c.Window, Confirmations: c.Block,
			TimeScale: c.Scale, Control: true, Log: log,
		})
		return p, c.settings(url, path), err
	})
}

// settings returns a till's settings for the simulator.
func (c *simulatePayprotocol) settings(url, secretFile string) string {
	return fmt.Sprintf("    type: payprotocol\n    baseUrl: %s/api/mer\n    pageUrl: %s\n    apiKey: %s\n    apiSecretFile: %s\n    chainId: 136\n"+
		"    contracts: [{chainId: 136, kind: tron, factory: %q, initCodeHash: %q}]\n"+
		"\nRefunds wait for approval at %s/console/refunds\n",
		url, url, payprotocolKey, secretFile, payprotocol.Factory, payprotocol.InitCodeHash, url)
}
