package bridge

import (
	"context"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// PayRequest asks for a way to pay an order that exists: its open payment's action
// again, a method of it, a new attempt, or another wallet.
type PayRequest struct {
	Wallet  string // empty: the open payment's, or else the app's first
	Method  string
	Channel wallet.Channel // becomes the order's, unless a payment is open
	Payer   Payer          // becomes the order's when it has none
	Source  Source

	resume bool // go on with a payment that was begun; never start another
}

// Pay returns an order with an open payment. An open payment at the same wallet is
// returned as it is; one at another wallet is closed there first.
//
// Faults: NotFound; Expired; Conflict when the order is paid, when its open payment
// cannot be closed, or while the same work is under way; and those of CreateOrder.
func (e *Engine) Pay(ctx context.Context, id OrderID, req PayRequest, once *Once[Order]) (Outcome[Order], error) {
	if done, err := e.take(ctx, id, once); done != nil || err != nil {
		return orZero(done), err
	}
	return e.pay(ctx, id, req, once)
}

// step is what has to be done at a wallet before a payment can be answered.
type step uint8

const (
	stepAnswer step = iota // nothing: the payment's action is there
	stepOpen               // ask for a new payment
	stepReopen             // ask for a payment that may have been asked for before
	stepChoose             // choose a method of it
	stepSwitch             // close it, and open another
)

// maxSteps bounds the attempts to pay whose payment turned out to have ended.
const maxSteps = 3

func (e *Engine) pay(ctx context.Context, id OrderID, req PayRequest, once *Once[Order]) (Outcome[Order], error) {
	for range maxSteps {
		var next step
		var outcome Outcome[Order]
		order, err := e.update(ctx, id, func(c *Change) (err error) {
			outcome = Outcome[Order]{}
			next, err = e.planPay(c, &req)
			if err == nil && next == stepAnswer {
				outcome.Answer = once.keep(&c.Answer, c.Order, nil)
			}
			return err
		})
		if err != nil {
			return Outcome[Order]{}, err
		}
		outcome.Subject = order
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
			order, begun, err := e.switchPayment(ctx, order, &req)
			switch {
			case err != nil:
				return Outcome[Order]{}, err
			case begun:
				return e.open(ctx, order, sending{Calls: order.OpenPayment().Calls}, once)
			}
		}
	}
	return Outcome[Order]{}, fault.New(fault.Conflict, "bridge.Pay", "The open payment could not be closed.")
}

// planPay decides what is to be done, and reserves the right to do it.
func (e *Engine) planPay(c *Change, req *PayRequest) (step, error) {
	o, now := &c.Order, e.clock()
	open := o.OpenPayment()
	switch {
	case o.BusyUntil.After(now):
		return 0, errBusy()
	case req.resume && open == nil:
		return stepAnswer, nil // news was quicker than the answer that was lost
	}
	if err := o.payable(now); err != nil {
		return 0, err
	}
	if o.Agreement != "" && !req.resume {
		return 0, fault.New(fault.Conflict, "bridge.Pay", "The order is charged by an agreement; it cannot be paid in another way.")
	}
	name, err := e.payableAt(o.App, req.Wallet)
	if err != nil {
		return 0, err
	}
	if open != nil && (req.Wallet == "" || req.Wallet == open.Wallet) {
		return e.planOpen(c, open, req, now)
	}
	if open != nil {
		return stepSwitch, nil
	}
	return stepOpen, e.begin(c, name, req)
}

// begin starts a new attempt to pay at a wallet, and reserves the call that asks for it.
func (e *Engine) begin(c *Change, walletName string, req *PayRequest) error {
	now := e.clock()
	c.adopt(req, now)
	if err := c.openPayment(walletName, req.Method, req.Source, now); err != nil {
		return err
	}
	c.Order.BusyUntil = now.Add(e.timeout + busyGrace)
	return nil
}

// payableAt is the wallet of an app that a payment is asked for at.
//
// Faults: NotFound when the app is not served here; Invalid; Unavailable.
func (e *Engine) payableAt(appName, walletName string) (string, error) {
	app := e.apps[appName]
	if app == nil {
		return "", fault.New(fault.NotFound, "bridge.Pay", "The order's app is not served here.")
	}
	return app.wallet(walletName)
}

// planOpen decides about a payment that is open at the wanted wallet. Its action is the
// answer while it is good; what it leads to may have ended at the wallet since.
func (e *Engine) planOpen(c *Change, open *Payment, req *PayRequest, now time.Time) (step, error) {
	t, err := e.reach(open.Wallet)
	if err != nil {
		return 0, err
	}
	alive := open.Action != nil && (open.ExpiresAt.IsZero() || now.Before(open.ExpiresAt))
	another := req.Method != "" && req.Method != open.Method
	switch {
	case another && alive && open.place(req.Method) != nil:
		c.choosePlace(open, req.Method, req.Source, now)
		return stepAnswer, nil
	case another && alive && can[wallet.Chooser](t.Wallet):
		c.Order.BusyUntil = now.Add(e.timeout + busyGrace)
		return stepChoose, nil
	case another && open.Status == wallet.Pending:
		return stepSwitch, nil
	case alive:
		return stepAnswer, nil
	}
	c.Order.BusyUntil = now.Add(e.timeout + e.busyFor(&c.Order)) // it is asked about, then asked for
	return stepReopen, nil
}

// choosePlace makes a method whose place is known the one that the payer pays by.
func (c *Change) choosePlace(p *Payment, method string, source Source, now time.Time) {
	next, action := *p, *p.place(method)
	next.Method, next.Action = method, &action
	c.recordPayment(p, next, News{Source: source}, now)
}

// reopen asks for a payment that may have been asked for before. The wallet is asked how
// it stands first: it may have been paid or closed meanwhile, and then ended is true.
func (e *Engine) reopen(ctx context.Context, o Order, once *Once[Order]) (outcome Outcome[Order], ended bool, err error) {
	p := o.OpenPayment()
	t, err := e.reach(p.Wallet)
	if err != nil {
		return Outcome[Order]{}, false, e.freed(ctx, o.ID, err)
	}
	asked := finding{payment: p.Number, calls: p.Calls}
	if canAsk(t) && p.Calls.doubtful() {
		if asked, err = e.askPayment(ctx, &o, p.Number, p.Ref(), ""); err != nil {
			return Outcome[Order]{}, false, e.freed(ctx, o.ID, openFault(err))
		}
	}
	var sent *sending
	var failure error
	order, err := e.update(context.WithoutCancel(ctx), o.ID, func(c *Change) error {
		sent, failure = nil, e.applyFinding(c, &asked)
		if failure == nil && c.Order.Payment(p.Number).Open() {
			sent = e.resend(c, &asked, canAsk(t))
		}
		if sent == nil {
			c.free()
		}
		return nil
	})
	switch {
	case err != nil || failure != nil:
		return Outcome[Order]{}, false, cmpOr(err, failure)
	case sent == nil && order.Payment(p.Number).Open():
		return Outcome[Order]{}, false, errOpen()
	case sent == nil:
		return Outcome[Order]{}, true, nil
	}
	outcome, err = e.open(ctx, order, *sent, once)
	return outcome, false, err
}

// resend counts one more call for a payment. The same request asks for the same payment,
// so it may be sent again, unless it charges the payer at once: then the wallet must be
// sure not to have it.
func (e *Engine) resend(c *Change, asked *finding, askable bool) *sending {
	p, now := c.Order.Payment(asked.payment), e.clock()
	sent := sending{Calls: p.Calls.again(now), prior: p.Calls.since(p.CreatedAt)}
	switch {
	case !p.Calls.doubtful():
		sent.prior = time.Time{}
	case asked.absent && e.conclusive(asked, p.Calls, p.CreatedAt):
		sent = sending{Calls: p.Calls.absent().again(now), fresh: true}
	case c.Order.chargedAtOnceAt(p.Wallet) && askable:
		return nil
	}
	c.recount(p.Number, sent.Calls, false, now)
	return &sent
}

// switchPayment closes the open payment at its wallet and opens one at the wanted wallet
// in the same change. begun says that this request has opened it, and asks for it.
func (e *Engine) switchPayment(ctx context.Context, o Order, req *PayRequest) (order Order, begun bool, err error) {
	name, err := e.payableAt(o.App, req.Wallet)
	if err != nil {
		return o, false, err
	}
	if req.Wallet == "" {
		name = o.OpenPayment().Wallet
	}
	order, closed, err := e.closePayment(ctx, o, func(c *Change) error {
		if begun = c.Order.payable(e.clock()) == nil; !begun {
			return nil // closed by another meanwhile
		}
		return e.begin(c, name, req)
	})
	return order, closed && begun && err == nil && order.OpenPayment() != nil, err
}

// choose asks the wallet for the action of one method of the open payment.
func (e *Engine) choose(ctx context.Context, o Order, method string, once *Once[Order]) (Outcome[Order], error) {
	p := o.OpenPayment()
	got, err := callWallet(ctx, e, p.Wallet, func(ctx context.Context, t *till) (wallet.Payment, error) {
		return t.Wallet.(wallet.Chooser).ChoosePayment(ctx, wallet.ChooseRequest{Payment: p.Ref(), Method: method, Channel: o.Channel})
	})
	if judge(err) == refused {
		// The method was refused, not the payment: another may be chosen.
		return Outcome[Order]{}, e.freed(ctx, o.ID, declined("The wallet refused the method.", err))
	}
	return e.settleWith(ctx, o.ID, once, func(c *Change) error {
		c.free()
		if err != nil {
			return openFault(err)
		}
		got.RequestID = p.RequestID
		return c.Apply(e.news(FromWallet, p.Wallet, &got, nil), e.clock())
	})
}
