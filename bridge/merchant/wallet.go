package merchant

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
)

type walletsAnswer struct {
	Wallets []walletView `json:"wallets"`
}

type walletView struct {
	Name         string           `json:"name"`
	Default      bool             `json:"default"` // where an order without a wallet goes
	Capabilities capabilitiesView `json:"capabilities"`
	Health       healthView       `json:"health"`
}

type capabilitiesView struct {
	Query         bool `json:"query"`
	Capture       bool `json:"capture"`
	Void          bool `json:"void"`
	Cancel        bool `json:"cancel"`
	Refund        bool `json:"refund"`
	RefundQuery   bool `json:"refundQuery"`
	SignIn        bool `json:"signIn"`
	Notifications bool `json:"notifications"`
	Methods       bool `json:"methods"`
	Agreements    bool `json:"agreements"`
}

// healthView is how a wallet is as this node sees it. An open circuit refuses calls at
// once.
type healthView struct {
	Circuit string `json:"circuit"`
	Calls   int    `json:"calls"` // under way
}

// listWallets answers with the app's wallets, its default first.
func (a *API) listWallets(c *gin.Context, r *request) error {
	list := a.engine.Wallets(r.app)
	answer := walletsAnswer{Wallets: make([]walletView, len(list))}
	for i, info := range list {
		answer.Wallets[i] = viewWallet(info)
	}
	return send(c, http.StatusOK, answer)
}

func viewWallet(info bridge.WalletInfo) walletView {
	v := walletView{
		Name: info.Name, Default: info.Default,
		Capabilities: capabilitiesView{
			Query: info.Query, Capture: info.Capture, Void: info.Void, Cancel: info.Cancel,
			Refund: info.Refund, RefundQuery: info.RefundQuery, SignIn: info.SignIn,
			Notifications: info.Notifications, Methods: info.Methods, Agreements: info.Agreements,
		},
		Health: healthView{Circuit: "closed", Calls: info.Calls},
	}
	if info.Down {
		v.Health.Circuit = "open"
	}
	return v
}
