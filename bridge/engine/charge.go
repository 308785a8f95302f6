package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// resumeUnless goes on with a key that is held, unless there is a fault.
func (e *Engine) resumeUnless(ctx context.Context, err error, held *bridge.Claim, once *bridge.Once[bridge.Order]) (bridge.Outcome[bridge.Order], error) {
	if err != nil {
		return bridge.Outcome[bridge.Order]{}, err
	}
	return e.resume(ctx, *held, once)
}

// mostCallsOfCharge bounds the calls, one behind the other, of which charging by an
// agreement is made: it is asked about, waits for another's renewal, renews, pays.
const mostCallsOfCharge = 4

// charge asks the wallet for an order's payment by its agreement and commits the answer.
// A payer who is asked nothing has nothing to do: there is no action.
func (e *Engine) charge(ctx context.Context, o bridge.Order, sent sending, once *bridge.Once[bridge.Order]) (bridge.Outcome[bridge.Order], error) {
	p := o.OpenPayment()
	token, err := e.charges.Token(ctx, o.Agreement)
	if err != nil {
		return e.settle(ctx, &o, p, sent, wallet.Payment{}, unsent(err), once)
	}
	req := e.paymentRequest(&o, p, sent)
	req.Agreement = token
	got, err := outbound.CallNamed(ctx, e.wallets, p.Wallet, func(ctx context.Context, t *outbound.Wallet) (wallet.Payment, error) {
		return t.CreatePayment(ctx, req)
	})
	got.Action = nil
	return e.settle(ctx, &o, p, sent, got, err, once)
}

// unsent is a fault that came before the wallet was asked to charge: what is no refusal
// left everything undone.
func unsent(err error) error {
	if outbound.Judge(err) == outbound.Refused {
		return err
	}
	return fault.Wrap(fault.Unavailable, "engine.charge", err)
}
