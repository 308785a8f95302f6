package engine_test

import (
	"context"
	"testing"

	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// chargedWallet has agreements, has a status query, and counts the charges that the engine requests.
type chargedWallet struct {
	wallet.Wallet
	wallet.Notifier
	wallet.Agreer
	wallet.Querier
	charged int
}

func (c *chargedWallet) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	c.charged++
	return c.Wallet.CreatePayment(ctx, req)
}

func TestAChargeIsNotSentAgainWhileItsWalletMayLag(t *testing.T) {
	p := newPact(t, "tng", sqlitetest.Open(t))
	counting := &chargedWallet{
		Wallet: p.wallet, Notifier: p.wallet.(wallet.Notifier), Agreer: p.wallet.(wallet.Agreer), Querier: p.wallet.(wallet.Querier),
	}
	p.config.Wallets = map[string]wallet.Wallet{"purse": counting}
	p.engine = p.node()
	a := p.signed()
	p.provider.Inject(simulator.Rule{Fault: simulator.UnknownUntouched, Endpoint: "pay", Times: 1})
	_, err := p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
	wantFault(t, "U", err, fault.Unknown)
	_, err = p.engine.CreateOrder(p.ctx, p.ride(a), rideKey("k"))
	wantFault(t, "the same key while the wallet may lag", err, fault.Unknown)
	if counting.charged != 1 {
		t.Errorf("the wallet was called %d times to charge, want once", counting.charged)
	}
	p.want(wallet.Created, 0)
}
