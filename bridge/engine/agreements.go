package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// charges is the part of package agreement that payments and notifications use.
type charges interface {
	// Terms returns the wallet that an order is charged at, and the payer.
	Terms(ctx context.Context, req agreement.Charge) (walletName string, payer bridge.Payer, err error)
	// Token returns the token that a payment is charged with.
	Token(ctx context.Context, id bridge.AgreementID) (wallet.Token, error)
	// Apply applies a wallet's news of an agreement.
	Apply(ctx context.Context, t *outbound.Wallet, news *wallet.AgreementNews, confirm bool) error
}

// byAgreement sets the wallet and the payer of a request that names an agreement. It leaves
// other requests as they are.
//
// Faults: Invalid; Forbidden; Unsupported; Conflict when the agreement is not active.
func (e *Engine) byAgreement(ctx context.Context, req *OrderRequest) error {
	if req.Agreement == "" {
		return nil
	}
	app, err := e.App(req.App)
	if err != nil {
		return err
	}
	if req.Price == nil {
		return fault.New(fault.Forbidden, "engine.CreateOrder", "Only the merchant charges by an agreement.")
	}
	req.Wallet, req.Payer, err = e.charges.Terms(ctx, agreement.Charge{
		App: app.Name, Agreement: req.Agreement, Amount: req.Price.Amount, Wallet: req.Wallet, Payer: req.Payer.ID,
	})
	req.Unpaid = false
	return err
}

// maxChargeCalls bounds the consecutive calls of one charge by an agreement: the status
// query, the wait for a renewal by another charge, the renewal, the payment.
const maxChargeCalls = 4
