package engine

import (
	"github.com/minitill/minitill/bridge/outbound"
)

// Wallets returns an app's wallets, the default first; none for an app that is not served.
func (e *Engine) Wallets(app string) []outbound.Info {
	a := e.apps[app]
	if a == nil {
		return nil
	}
	list := make([]outbound.Info, len(a.Wallets))
	for i, name := range a.Wallets {
		list[i] = e.wallets[name].Info()
		list[i].Default = i == 0
	}
	return list
}
