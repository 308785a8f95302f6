package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/outbound"
)

// Setting is one setting of a wallet as the page shows it. A secret has a value that says so.
type Setting struct{ Name, Value string }

// walletsPage is the wallets of an app as this node sees them.
type walletsPage struct{ Wallets []walletLine }

// walletLine is a wallet with the address that its provider must call.
type walletLine struct {
	outbound.Info
	NotifyURL string
	Breaker   string
	Health    health
	Settings  []Setting
}

func (p *page) walletsPage() (v walletsPage) {
	for _, info := range p.engine.Wallets(p.app.Name) {
		line := walletLine{
			Info: info, NotifyURL: p.public + "/notify/" + info.Name, Breaker: cmp.Or(string(info.Breaker), "closed"),
			Settings: p.settings[info.Name],
		}
		if info.Down {
			line.Breaker = "open"
		}
		if p.vitals != nil {
			line.Health = p.vitals.health(info.Name)
		}
		v.Wallets = append(v.Wallets, line)
	}
	return v
}

func showWallets(p *page) error { return p.show(http.StatusOK, "wallets", "Wallets", p.walletsPage()) }

// Capabilities lists what the wallet can do.
func (l walletLine) Capabilities() string {
	names := make([]string, len(l.Info.Capabilities))
	for i, c := range l.Info.Capabilities {
		names[i] = words(string(c))
	}
	return strings.Join(names, ", ")
}

// Milliseconds writes how long a call took.
func (l walletLine) Milliseconds(d time.Duration) string {
	return grouped(int(d.Milliseconds())) + " ms"
}

// probeWallet queries a wallet about a payment that does not exist, and shows whether it answered.
//
// Faults: NotFound for a wallet of another app.
func probeWallet(p *page) error {
	name := p.r.PathValue("name")
	if !slices.Contains(p.walletsOf(p.app.Name), name) {
		return notFound("wallet")
	}
	err := p.act(action{operator.Refresh, p.app.Name, name, "test of the wallet"}, func(ctx context.Context) error { return p.engine.Probe(ctx, name) })
	if err != nil {
		return p.refused(err, "wallets", "Wallets", p.walletsPage())
	}
	return p.seeOther(p.url("wallets", "done", "probe"))
}
