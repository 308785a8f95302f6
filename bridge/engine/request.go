package engine

import (
	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// paymentRequest is what a wallet is asked for. It is made of the stored order alone,
// so that a repeat after a crash is the same request.
func (e *Engine) paymentRequest(o *bridge.Order, p *bridge.Payment, sent sending) wallet.PaymentRequest {
	return wallet.PaymentRequest{
		RequestID: p.RequestID, Order: string(o.ID), Amount: o.Amount, Description: o.Description,
		Items: o.Items, Payer: wallet.Payer{ID: o.PayerAt(p.Wallet)}, Method: p.RequestedMethod(),
		Channel: o.Channel, Hold: o.Hold, ExpiresAt: o.ExpiresAt,
		ReturnURL: e.public + "/return/" + string(o.ID), NotifyURL: e.public + "/notify/" + p.Wallet,
		AskedAt: sent.prior,
	}
}
