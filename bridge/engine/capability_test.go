package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// lacking is a sandbox wallet whose settings disable capabilities.
type lacking struct {
	wallet.Wallet
	wallet.Querier
	wallet.Notifier
	wallet.Canceler
	wallet.Refunder
	lacks string
}

func (l *lacking) Lacks(c wallet.Capability) bool { return strings.Contains(l.lacks, string(c)) }

func newLacking(w wallet.Wallet, lacks string) *lacking {
	return &lacking{w, w.(wallet.Querier), w.(wallet.Notifier), w.(wallet.Canceler), w.(wallet.Refunder), lacks}
}

func TestCapabilitiesThatSettingsDisableAreAbsent(t *testing.T) {
	w := newWorld(t)
	plain := w.config.Wallets["sandbox"]
	w.config.Wallets["sandbox"] = newLacking(plain, "query notifications")
	if _, err := engine.New(w.config); err == nil || !strings.Contains(err.Error(), "its orders would never end") {
		t.Errorf("a wallet that neither notifies nor can be queried: got %v, want it refused", err)
	}
	w.config.Wallets["sandbox"] = newLacking(plain, "cancel refund")
	w.restart()
	o := w.create()
	_, err := w.engine.Cancel(w.ctx, o.ID, bridge.FromMerchant)
	wantFault(t, "cancel", err, fault.Unsupported)
	w.pays(o, "pay")
	w.delivered()
	_, err = w.engine.Refund(w.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, nil)
	wantFault(t, "refund", err, fault.Unsupported)
	if n := w.called("/v1/payments/cancel") + w.called("/v1/refunds"); n != 0 {
		t.Errorf("got %d calls at the wallet, want none", n)
	}
	w.want(o.ID, wallet.Paid, 450, bridge.RefundImpossible)
}

func TestAnOrderWhoseWalletCannotCancelBySettingEndsByItself(t *testing.T) {
	w := newWorld(t, func(far *simulator.Config, _ *engine.Config) { far.NeverRetry = true })
	w.config.Wallets["sandbox"] = newLacking(w.config.Wallets["sandbox"], "cancel")
	w.restart()
	o := w.create()
	w.queryAfter(16 * time.Minute)
	w.want(o.ID, wallet.Expired, 0, "")
}
