package merchant

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/wallet"
)

type walletsAnswer struct {
	Wallets []walletView `json:"wallets"`
}

type walletView struct {
	Name         string           `json:"name"`
	Default      bool             `json:"default"` // of orders without a wallet
	Capabilities capabilitiesView `json:"capabilities"`
	Health       healthView       `json:"health"`
}

// capabilitiesView are the capabilities of a wallet.
type capabilitiesView []wallet.Capability

// MarshalJSON writes an object with true or false for each known capability.
func (v capabilitiesView) MarshalJSON() ([]byte, error) {
	text := []byte{'{'}
	for i, c := range wallet.Capabilities {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendQuote(text, string(c.Capability))
		text = strconv.AppendBool(append(text, ':'), slices.Contains(v, c.Capability))
	}
	return append(text, '}'), nil
}

// healthView is the health of a wallet as this node sees it. An open circuit breaker
// refuses calls at once.
type healthView struct {
	Circuit string `json:"circuit"`
	Calls   int    `json:"calls"` // in flight
	// Failing is the code of the fault with which calls fail, since FailingSince.
	Failing       string     `json:"failing,omitempty"`
	FailingReason string     `json:"failingReason,omitempty"`
	FailingSince  *time.Time `json:"failingSince,omitempty"`
}

// listWallets answers with the app's wallets, its default first.
func (a *API) listWallets(c *gin.Context, r *request) error {
	list := a.engine.Wallets(r.app)
	answer := walletsAnswer{Wallets: make([]walletView, len(list))}
	for i, info := range list {
		answer.Wallets[i] = viewWallet(info)
	}
	return web.Send(c, http.StatusOK, answer)
}

func viewWallet(info outbound.Info) walletView {
	v := walletView{
		Name: info.Name, Default: info.Default,
		Capabilities: info.Capabilities,
		Health:       healthView{Circuit: "closed", Calls: info.Calls, Failing: info.Failing, FailingReason: info.FailingReason},
	}
	if info.Failing != "" {
		v.Health.FailingSince = &info.FailingSince
	}
	if info.Down {
		v.Health.Circuit = "open"
	}
	return v
}
