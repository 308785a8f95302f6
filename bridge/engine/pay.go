package engine

import (
	"cmp"
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/schedule"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Pay returns an order with an open payment. It returns an open payment at the same wallet
// as it is, and first closes one at another wallet.
//
// Faults: NotFound; Expired; Conflict when the order is paid, when its open payment cannot be
// closed, or while a call for the order is under way; and those of CreateOrder.
func (e *Engine) Pay(ctx context.Context, id bridge.OrderID, req bridge.PayRequest, once *Once) (Outcome, error) {
	if done, ok, err := e.take(ctx, id, once); ok || err != nil {
		return done, err
	}
	return e.pay(ctx, id, &attempt{PayRequest: req}, once)
}

// step is what the engine does at a wallet before it returns the payment's action.
type step uint8

const (
	stepAnswer step = iota // nothing: the payment's action is there
	stepOpen               // open a new payment
	stepReopen             // query a payment that may exist, and open it again if it does not
	stepChoose             // choose a method of the payment
	stepSwitch             // close the payment, and open another
)

// maxSteps bounds how often pay plans anew because the payment turns out to have ended.
const maxSteps = 3

// attempt is a request to pay. resume means that it resumes a payment and never starts
// another.
type attempt struct {
	bridge.PayRequest
	resume bool
}

// pay plans the next step and takes it, until the order has an open payment.
func (e *Engine) pay(ctx context.Context, id bridge.OrderID, req *attempt, once *Once) (Outcome, error) {
	for range maxSteps {
		var next step
		outcome, done, err := e.decide(ctx, id, func(c *bridge.Change, outcome *Outcome) (err error) {
			next, err = e.planPay(c, req)
			if err == nil && next == stepAnswer {
				outcome.Answer = once.Keep(&c.Answer, c.Order, nil)
			}
			return err
		})
		if done {
			return outcome, err
		}
		order := outcome.Subject
		switch next {
		case stepAnswer:
			return outcome, nil
		case stepOpen:
			return e.open(ctx, order, sending{Calls: order.OpenPayment().Calls}, once)
		case stepChoose:
			return e.choose(ctx, order, req.Method, once)
		case stepReopen:
			if outcome, ended, err := e.reopen(ctx, order, once); !ended || err != nil {
				return outcome, err
			}
		case stepSwitch:
			order, begun, err := e.switchPayment(ctx, order, &req.PayRequest)
			switch {
			case err != nil:
				return Outcome{}, err
			case begun:
				return e.open(ctx, order, sending{Calls: order.OpenPayment().Calls}, once)
			}
		}
	}
	return Outcome{}, fault.New(fault.Conflict, "engine.Pay", "The open payment could not be closed.")
}

// planPay decides the next step, and reserves the order for the call that it needs.
func (e *Engine) planPay(c *bridge.Change, req *attempt) (step, error) {
	o, now := &c.Order, e.clock()
	open := o.OpenPayment()
	switch {
	case o.BusyUntil.After(now):
		return 0, idempotency.ErrBusy()
	case req.resume && open == nil:
		return stepAnswer, nil // news has ended the payment whose answer was lost
	}
	if err := o.Payable(now); err != nil {
		return 0, err
	}
	if o.Agreement != "" && !req.resume {
		return 0, fault.New(fault.Conflict, "engine.Pay", "The order is charged by an agreement; it cannot be paid in another way.")
	}
	name, err := e.payableAt(o.App, req.Wallet)
	if err != nil {
		return 0, err
	}
	if open != nil && (req.Wallet == "" || req.Wallet == open.Wallet) {
		return e.planOpen(c, open, &req.PayRequest, now)
	}
	if open != nil {
		return stepSwitch, nil
	}
	return stepOpen, e.beginPayment(c, name, &req.PayRequest)
}

// beginPayment records a new attempt to pay at a wallet, and reserves the order for its call.
func (e *Engine) beginPayment(c *bridge.Change, walletName string, req *bridge.PayRequest) error {
	now := e.clock()
	c.SetPayerAndChannel(req, now)
	if err := c.OpenPayment(walletName, req.Method, req.Source, now); err != nil {
		return err
	}
	c.Order.BusyUntil = now.Add(e.timeout + schedule.BusyGrace)
	return nil
}

// payableAt returns the name of the app's wallet that a payment is requested at.
//
// Faults: NotFound when the app is not served here; Invalid; Unavailable.
func (e *Engine) payableAt(appName, walletName string) (string, error) {
	app := e.apps[appName]
	if app == nil {
		return "", fault.New(fault.NotFound, "engine.Pay", "The order's app is not served here.")
	}
	return app.wallet(walletName)
}

// planOpen decides the next step for a payment that is open at the requested wallet. Its
// action is the answer until it expires; then the payment may have ended at the wallet.
func (e *Engine) planOpen(c *bridge.Change, open *bridge.Payment, req *bridge.PayRequest, now time.Time) (step, error) {
	t, err := e.wallets.Named(open.Wallet)
	if err != nil {
		return 0, err
	}
	alive := open.Action != nil && (open.ExpiresAt.IsZero() || now.Before(open.ExpiresAt))
	another := req.Method != "" && req.Method != open.Method
	switch {
	case another && alive && open.MethodAction(req.Method) != nil:
		c.ChooseMethod(open, req.Method, req.Source, now)
		return stepAnswer, nil
	case another && alive && outbound.Can[wallet.Chooser](t.Wallet):
		c.Order.BusyUntil = now.Add(e.timeout + schedule.BusyGrace)
		return stepChoose, nil
	case another && open.Status == wallet.Pending:
		return stepSwitch, nil
	case alive:
		return stepAnswer, nil
	}
	c.Order.BusyUntil = now.Add(e.timeout + e.busyFor(&c.Order)) // a status query, then the call
	return stepReopen, nil
}

// reopen sends CreatePayment again for a payment that may exist at the wallet. It queries the
// payment first: ended is true when it was paid or closed meanwhile.
func (e *Engine) reopen(ctx context.Context, o bridge.Order, once *Once) (outcome Outcome, ended bool, err error) {
	p := o.OpenPayment()
	t, err := e.wallets.Named(p.Wallet)
	if err != nil {
		return Outcome{}, false, e.releaseAfter(ctx, o.ID, err)
	}
	found := finding{payment: p.Number, calls: p.Calls}
	if outbound.CanQuery(t) && p.Calls.Unconfirmed() {
		if found, err = e.queryPayment(context.WithoutCancel(ctx), &o, p.Number, p.Ref(), ""); err != nil {
			return Outcome{}, false, e.releaseAfter(ctx, o.ID, outbound.OpenFault(err))
		}
	}
	var sent *sending
	var failure error
	order, err := e.update(context.WithoutCancel(ctx), o.ID, func(c *bridge.Change) error {
		sent, failure = nil, e.applyFinding(c, &found)
		if failure == nil && c.Order.Payment(p.Number).Open() {
			sent = e.resend(c, &found, outbound.CanQuery(t))
		}
		if sent == nil {
			c.Release()
		}
		return nil
	})
	switch {
	case err != nil || failure != nil:
		return Outcome{}, false, cmp.Or(err, failure)
	case sent == nil && order.Payment(p.Number).Open():
		return Outcome{}, false, outbound.ErrOpen()
	case sent == nil:
		return Outcome{}, true, nil
	}
	outcome, err = e.open(ctx, order, *sent, once)
	return outcome, false, err
}

// resend counts one more call for a payment. CreatePayment is idempotent by its request id,
// so it may be sent again. A payment that charges the payer at once is sent again only when
// a status query proves that the wallet does not have it.
func (e *Engine) resend(c *bridge.Change, found *finding, queryable bool) *sending {
	p, now := c.Order.Payment(found.payment), e.clock()
	sent := sending{Calls: p.Calls.Again(now), prior: p.Calls.Since(p.CreatedAt)}
	switch {
	case !p.Calls.Unconfirmed():
		sent.prior = time.Time{}
	case found.absent && e.conclusive(found, p.Calls, p.CreatedAt):
		sent = sending{Calls: p.Calls.Absent().Again(now), fresh: true}
	case c.Order.ChargedAtOnceAt(p.Wallet) && queryable:
		return nil
	}
	c.RecordCalls(p.Number, sent.Calls, false, now)
	return &sent
}

// switchPayment closes the open payment at its wallet and records one at the requested
// wallet in the same change. begun reports that this request has recorded it and has to send
// it.
func (e *Engine) switchPayment(ctx context.Context, o bridge.Order, req *bridge.PayRequest) (order bridge.Order, begun bool, err error) {
	name, err := e.payableAt(o.App, req.Wallet)
	if err != nil {
		return o, false, err
	}
	if req.Wallet == "" {
		name = o.OpenPayment().Wallet
	}
	order, closed, err := e.closePayment(ctx, o, func(c *bridge.Change) error {
		if begun = c.Order.Payable(e.clock()) == nil; !begun {
			return nil // closed by another meanwhile
		}
		return e.beginPayment(c, name, req)
	})
	return order, closed && begun && err == nil && order.OpenPayment() != nil, err
}

// choose requests the action of one method of the open payment from the wallet.
func (e *Engine) choose(ctx context.Context, o bridge.Order, method string, once *Once) (Outcome, error) {
	p := o.OpenPayment()
	got, err := outbound.CallNamed(ctx, e.wallets, p.Wallet, outbound.ChoosePayment, func(ctx context.Context, t *outbound.Wallet) (wallet.Payment, error) {
		return t.Wallet.(wallet.Chooser).ChoosePayment(ctx, wallet.ChooseRequest{Payment: p.Ref(), Method: method, Channel: o.Channel})
	})
	if outbound.Judge(err) == outbound.Refused {
		// The method was refused, not the payment: another may be chosen.
		return Outcome{}, e.releaseAfter(ctx, o.ID, outbound.Declined("The wallet refused the method.", err))
	}
	return e.settleWith(ctx, o.ID, once, func(c *bridge.Change) error {
		c.Release()
		if err != nil {
			return outbound.OpenFault(err)
		}
		got.RequestID = p.RequestID
		return c.Apply(e.news(bridge.FromWallet, p.Wallet, &got, nil), e.clock())
	})
}
