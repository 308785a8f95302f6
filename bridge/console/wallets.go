package console

import (
	"net/http"
	"strings"

	"github.com/minitill/minitill/bridge/outbound"
)

// walletsPage is the wallets of an app as this node sees them.
type walletsPage struct{ Wallets []walletLine }

// walletLine is a wallet with the address that its provider must call.
type walletLine struct {
	outbound.Info
	NotifyURL string
	Breaker   string
}

func showWallets(p *page) error {
	var v walletsPage
	for _, info := range p.engine.Wallets(p.app.Name) {
		line := walletLine{Info: info, NotifyURL: p.public + "/notify/" + info.Name, Breaker: "closed"}
		if info.Down {
			line.Breaker = "open"
		}
		v.Wallets = append(v.Wallets, line)
	}
	return p.show(http.StatusOK, "wallets", "Wallets", v)
}

// Capabilities lists what the wallet can do.
func (l walletLine) Capabilities() string {
	names := make([]string, len(l.Info.Capabilities))
	for i, c := range l.Info.Capabilities {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}
