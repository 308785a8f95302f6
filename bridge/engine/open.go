package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// open sends CreatePayment for the order's open payment, as it was reserved, and commits the
// answer.
func (e *Engine) open(ctx context.Context, o bridge.Order, sent sending, once *Once) (Outcome, error) {
	p := o.OpenPayment()
	req, err := e.paymentRequest(ctx, &o, p, sent)
	if err != nil {
		return e.settlePayment(ctx, &o, p, sent, wallet.Payment{}, unsent(err), once)
	}
	got, err := outbound.CallNamed(ctx, e.wallets, p.Wallet, outbound.CreatePayment, func(ctx context.Context, t *outbound.Wallet) (wallet.Payment, error) {
		return t.CreatePayment(ctx, req)
	})
	if o.Agreement != "" {
		got.Action = nil // the payer has nothing to do
	}
	return e.settlePayment(ctx, &o, p, sent, got, err, once)
}

// paymentRequest makes the request of CreatePayment from the stored order alone, so that a
// repeat after a crash is the same request.
//
// Faults: those of the order's tokens.
func (e *Engine) paymentRequest(ctx context.Context, o *bridge.Order, p *bridge.Payment, sent sending) (req wallet.PaymentRequest, err error) {
	req = wallet.PaymentRequest{
		RequestID: p.RequestID, Order: string(o.ID), Amount: o.Amount, Description: o.Description,
		Items: o.Items, Payer: wallet.Payer{ID: o.PayerAt(p.Wallet)}, Method: p.RequestedMethod(),
		Channel: o.Channel, Hold: o.Hold, ExpiresAt: o.ExpiresAt,
		ReturnURL: e.public + "/return/" + string(o.ID), NotifyURL: e.public + "/notify/" + p.Wallet,
		LastSentAt: sent.prior,
	}
	if o.Agreement != "" {
		req.Agreement, err = e.charges.Token(ctx, o.Agreement)
		return req, err
	}
	req.MethodToken, err = e.methodToken(o, p.Wallet)
	return req, err
}

// unsent makes a fault that occurred before the call Unavailable, unless it is a refusal:
// nothing was executed.
func unsent(err error) error {
	if outbound.Judge(err) == outbound.Refused {
		return err
	}
	return fault.Wrap(fault.Unavailable, "engine.open", err)
}

// settlePayment commits the answer to CreatePayment.
func (e *Engine) settlePayment(ctx context.Context, o *bridge.Order, p *bridge.Payment, sent sending, got wallet.Payment, callErr error, once *Once) (Outcome, error) {
	if callErr != nil {
		e.log.WarnContext(ctx, "wallet call failed", "order", o.ID, "wallet", p.Wallet, "walletRequest", p.RequestID, "fault", callErr)
	}
	call := called{sent, outbound.Judge(callErr), callErr, true}
	return e.settle(ctx, o.ID, once, call, &opened{e: e, p: p, got: got, err: callErr})
}

// opened settles CreatePayment.
type opened struct {
	usual
	e   *Engine
	p   *bridge.Payment // as it was reserved
	got wallet.Payment
	err error
}

func (s *opened) calls(o *bridge.Order) *bridge.Calls { return &o.Payment(s.p.Number).Calls }

func (s *opened) accept(c *bridge.Change) error { return s.e.acceptPayment(c, s.p, s.got) }

func (s *opened) recordCalls(c *bridge.Change, calls bridge.Calls) {
	c.RecordCalls(s.p.Number, calls, false, s.e.clock())
}

func (s *opened) refuse(c *bridge.Change, code string) error {
	c.RefusePayment(s.p.Number, code, s.e.clock())
	if c.Order.Payment(s.p.Number).Status == wallet.Failed {
		return outbound.Declined("The wallet refused the payment.", s.err)
	}
	return nil // news of the payment came before the refusal
}

// acceptPayment applies the answer to CreatePayment.
//
// Faults: those of Apply; Unknown when the payment exists and the answer has no action,
// which a repeat may return.
func (e *Engine) acceptPayment(c *bridge.Change, p *bridge.Payment, got wallet.Payment) error {
	got.RequestID = p.RequestID
	if err := c.Apply(e.news(bridge.FromWallet, p.Wallet, &got, nil), e.clock()); err != nil {
		c.QueryNow(e.clock())
		return err
	}
	if p := c.Order.Payment(p.Number); p.Open() && p.Action == nil && !c.Order.ChargedAtOnceAt(p.Wallet) {
		return outbound.ErrOpen()
	}
	return nil
}
