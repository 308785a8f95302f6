package bench

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/minitill/minitill/internal/bench/far"
	"github.com/minitill/minitill/internal/bench/process"
	"github.com/minitill/minitill/signing"
)

// app is the mini program of the benchmark's configuration.
const app = "bench"

const catalog = `{"currency":"USD","items":[{"sku":"latte","name":"Latte","price":"4.50"}]}`

// limits are so high that they never refuse, and count all the same. oldLimits are those that
// every version knows. With noDrain a till stops at once, and no order becomes due meanwhile.
const (
	oldLimits = `limits:
  sessionsPerMinute: 1000000
  ordersPerMinute: 1000000
`
	limits = oldLimits + `  guestOrdersPerMinute: 1000000
  requestsPerMinute: 1000000
  waitsPerOrder: 1000
  waitsPerToken: 1000
  connections: 24000
  connectionsPerAddress: 24000
  waits: 16000
  waitsPerAddress: 16000
`
	privateWebhooks = "server: {privateWebhooks: true}\n"
	noDrain         = "server: {privateWebhooks: true, drain: 0s}\n"
)

// writeConfig writes the files of a till and returns the path of its configuration.
func (w *world) writeConfig(ctx context.Context, s *side, dir, extra string) (string, error) {
	merchant, err := w.rsa.MerchantPEM()
	if err != nil {
		return "", err
	}
	for name, text := range map[string][]byte{"catalog.json": []byte(catalog), "wallet.key": []byte(w.secret), "merchant.pem": merchant} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return "", err
		}
	}
	text, err := w.configText(ctx, s, dir)
	if err != nil {
		return "", err
	}
	if w.databases != nil {
		if _, err := w.databaseFile(ctx, dir, s.name); err != nil {
			return "", err
		}
		if _, err := signing.OpenKeyring(filepath.Join(dir, "keys.json")); err != nil {
			return "", err
		}
		text += "store: {urlFile: " + databaseURLFile + "}\nkeysFile: keys.json\n"
	}
	file := filepath.Join(dir, "minitill.yaml")
	return file, os.WriteFile(file, []byte(text+extra), 0o600)
}

// configText returns the configuration of a till: that with everything, or for a binary that
// does not know all of it as much as it knows.
func (w *world) configText(ctx context.Context, s *side, dir string) (string, error) {
	all, err := w.wholeConfig()
	if err != nil || s.program == w.o.Program {
		return all + noDrain + signInSettings, err
	}
	file := filepath.Join(dir, "check.yaml")
	for _, text := range []string{all + noDrain, all + privateWebhooks} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return "", err
		}
		if _, err := process.Output(ctx, s.program, "serve", "--check", "--config", file); err == nil {
			return text, nil
		}
	}
	return w.oldConfig(), nil
}

func (w *world) oldConfig() string {
	return appConfig(walletInstant) + w.sandboxConfig(walletInstant) + oldLimits
}

func (w *world) wholeConfig() (string, error) {
	platform, err := w.rsa.PlatformKey()
	if err != nil {
		return "", err
	}
	names := slices.Sorted(maps.Keys(w.wallets))
	var b strings.Builder
	b.WriteString(appConfig(append(names, walletRSA, walletUnsigned)...))
	for _, name := range names {
		b.WriteString(w.sandboxConfig(name))
	}
	for name, keys := range map[string]string{
		walletRSA:      "privateKeyFile: merchant.pem, platformKeys: [{version: 1, key: " + platform + "}]",
		walletUnsigned: "environment: sandbox, sandboxWithoutSignatures: true",
	} {
		fmt.Fprintf(&b, "  %s: {type: redotpay, baseUrl: %q, appKey: %s, %s}\n", name, w.rsa.URL, far.AppKey, keys)
	}
	return b.String() + limits, nil
}

// appConfig is the begin of a configuration, up to the wallets.
func appConfig(wallets ...string) string {
	return fmt.Sprintf("data: data\napps:\n  %s: {wallets: [%s], guests: true, catalog: catalog.json, expiry: 24h}\nwallets:\n", app, strings.Join(wallets, ", "))
}

func (w *world) sandboxConfig(name string) string {
	return fmt.Sprintf("  %s: {type: sandbox, baseUrl: %q, keyId: %s, keyFile: wallet.key}\n", name, w.wallets[name].URL, far.KeyID)
}
