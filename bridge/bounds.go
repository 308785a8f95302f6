package bridge

import (
	"cmp"
	"slices"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// maxOperations bounds the payments, and the refunds, of one order: their numbers are
// part of request ids.
const maxOperations = 9999

// ReserveOperation records a capture or void before the engine sends it to the wallet, and
// returns the number of its payment. again reports that the same operation is open already;
// nothing is recorded then.
//
// Faults: Conflict when nothing is held, or another operation is open; Invalid.
func (c *Change) ReserveOperation(want Operation, currency wallet.Currency, source Source, keyDigest string, now time.Time) (number int, again bool, err error) {
	const op = "bridge.operate"
	o := &c.Order
	p := o.HeldPayment()
	switch {
	case p == nil:
		return 0, false, fault.New(fault.Conflict, op, "No money is held: the order is "+string(o.Status)+".")
	case p.LateHold && !want.Void:
		return 0, false, fault.New(fault.Conflict, op, "The order has ended: held money can only be voided.")
	case currency == "" && !want.Void:
		want.Amount, currency = p.Authorized, o.Amount.Currency
	}
	if !want.Void && (currency != o.Amount.Currency || want.Amount <= 0 || want.Amount > p.Authorized) {
		return 0, false, fault.InvalidField(op, "amount", "must be at most what is held, "+o.Money(p.Authorized).String())
	}
	if open := p.Operation; open != nil {
		if open.Void != want.Void || open.Amount != want.Amount {
			return 0, false, fault.New(fault.Conflict, op, "Another operation on the held money is still open.")
		}
		return p.Number, true, nil
	}
	next := *p
	want.Number, want.Calls, want.CreatedAt = o.Operations+1, Calls{1, now}, now
	want.RequestID = c.requestID(opCapture, want.Number)
	if want.Void {
		want.RequestID = c.requestID(opVoid, want.Number)
	}
	next.Operation, next.KeyDigest = &want, keyDigest
	c.Record(PaymentUpdated, source, now, EventData{Payment: &next})
	return next.Number, false, nil
}

// HeldPayment returns the payment that holds money, or nil. An authorized payment comes
// before a hold whose payment has ended.
func (o *Order) HeldPayment() *Payment {
	var late *Payment
	for i := range o.Payments {
		switch p := &o.Payments[i]; {
		case p.Status == wallet.Authorized:
			return p
		case p.LateHold && late == nil:
			late = p
		}
	}
	return late
}

// Payable checks that a payment of the order may be opened, or its action returned.
//
// Faults: Conflict when it is paid or held; Expired when it was canceled or its time is up.
func (o *Order) Payable(now time.Time) error {
	switch {
	case o.Paid > 0 || o.Status == wallet.Authorized || o.Status == wallet.Voided:
		return fault.New(fault.Conflict, "bridge.Pay", "The order is "+string(o.Status)+".")
	case o.Closed != "" || !now.Before(o.ExpiresAt):
		return fault.New(fault.Expired, "bridge.Pay", "The order can no longer be paid.")
	}
	return nil
}

// OpenPayment records a new attempt to pay the order at a wallet, before the engine sends
// it.
//
// Faults: Conflict when the order has too many payments.
func (c *Change) OpenPayment(walletName, method string, source Source, now time.Time) error {
	n := len(c.Order.Payments) + 1
	if n > maxOperations {
		return fault.New(fault.Conflict, "bridge.Pay", "The order has too many payments.")
	}
	c.Record(PaymentCreated, source, now, EventData{Payment: &Payment{
		Number: n, Wallet: walletName, Status: wallet.Created, Method: method, Wanted: method,
		RequestID: c.requestID(OpPayment, n), CreatedAt: now, Calls: Calls{1, now},
	}})
	return nil
}

// OpenRefund records a refund under the next number and request id, which reserves its money.
// Package refund calls it after its checks. The refund's number is returned.
//
// Faults: Conflict when the order has too many refunds.
func (c *Change) OpenRefund(r Refund, source Source, now time.Time) (int, error) {
	r.Number = len(c.Order.Refunds) + 1
	if r.Number > maxOperations {
		return 0, fault.New(fault.Conflict, "bridge.OpenRefund", "The order has too many refunds.")
	}
	r.RequestID, r.CreatedAt = c.requestID(OpRefund, r.Number), now
	c.Record(RefundPending, source, now, EventData{Refund: &r})
	return r.Number, nil
}

// SetPayerAndChannel records the payer, where the order has none, and the channel of a new
// attempt. The engine calls it only together with OpenPayment: an attempt that was sent
// keeps its payer and channel, since a repeat must be the same request.
func (c *Change) SetPayerAndChannel(req *PayRequest, now time.Time) {
	var data EventData
	if c.Order.Payer.ID == "" && req.Payer.ID != "" {
		payer := req.Payer
		data.Payer = &payer
	}
	if req.Channel != "" && req.Channel != c.Order.Channel {
		data.Channel = req.Channel
	}
	if data != (EventData{}) {
		c.Record(OrderUpdated, req.Source, now, data)
	}
}

// RecordCalls records how often the engine has sent a payment, or with operation the
// capture or void that is open on it.
func (c *Change) RecordCalls(number int, calls Calls, operation bool, now time.Time) {
	next := *c.Order.Payment(number)
	if operation {
		if next.Operation == nil {
			return
		}
		op := *next.Operation
		op.Calls = calls
		next.Operation = &op
	} else {
		next.Calls = calls
	}
	before := c.Order.Payment(number)
	if !before.Calls.Same(next.Calls) || before.Operation != next.Operation {
		c.Record(PaymentUpdated, FromTime, now, EventData{Payment: &next})
		c.counted++
	}
}

// RecordRefundCalls records how often the engine has sent a refund.
func (c *Change) RecordRefundCalls(number int, calls Calls, now time.Time) {
	if r := c.Order.Refunds[number-1]; !r.Calls.Same(calls) {
		r.Calls = calls
		c.Record(RefundUpdated, FromTime, now, EventData{Refund: &r})
		c.counted++
	}
}

// RefusePayment ends an open payment as failed. The engine calls it after a refusal that
// proves that the wallet did not open the payment and will not.
func (c *Change) RefusePayment(number int, code string, now time.Time) {
	if p := c.Order.Payment(number); p.Open() {
		next := *p
		next.Status, next.Code, next.Action, next.Places = wallet.Failed, wallet.MaskCardNumbers(code), nil, nil
		c.Record(PaymentUpdated, FromWallet, now, EventData{Payment: &next})
	}
}

// RefuseOperation removes an open capture or void; the money is still held. The engine calls
// it after a refusal that proves that the wallet did not execute the operation and will not.
func (c *Change) RefuseOperation(number int, code string, now time.Time) {
	if next := *c.Order.Payment(number); next.Operation != nil {
		next.Operation, next.Code = nil, wallet.MaskCardNumbers(code)
		c.Record(PaymentUpdated, FromWallet, now, EventData{Payment: &next})
	}
}

// Close records that no payment of the order may be opened from now on. why is Canceled or
// Expired. The first reason stays, except that an expired order may still be canceled.
func (c *Change) Close(why wallet.Status, source Source, now time.Time) {
	if c.Order.Closed == why || c.Order.Closed != "" && why != wallet.Canceled {
		return
	}
	kind := OrderClosed
	if len(c.Order.Payments) == 0 && c.Order.Closed == "" {
		kind = statusEvents[why]
	}
	c.Record(kind, source, now, EventData{Closed: why})
}

// EndOpen ends open payments of an order that is overdue or canceled. mayEnd reports whether
// the wallet's last answer proves that a payment is not paid and will not be.
func (c *Change) EndOpen(mayEnd func(number int) bool, now time.Time) {
	overdue := c.Order.Overdue(now)
	if !overdue && c.Order.Closed == "" {
		return
	}
	status := wallet.Expired
	if c.Order.Closed == wallet.Canceled {
		status = wallet.Canceled
	}
	for _, next := range slices.Clone(c.Order.Payments) {
		if next.Open() && mayEnd(next.Number) {
			next.Status, next.Action, next.Places = status, nil, nil
			c.Record(PaymentUpdated, FromTime, now, EventData{Payment: &next, Closed: cmp.Or(c.Order.Closed, status)})
		}
	}
	if c.Order.OpenPayment() == nil && c.Order.Paid == 0 && c.Order.HeldPayment() == nil && overdue {
		c.Close(wallet.Expired, FromTime, now)
	}
}

// OperationFault returns the result of a capture or void that has ended: nil when it was
// executed, Declined when the money is still held.
func (p *Payment) OperationFault() error {
	if !p.Held() {
		return nil
	}
	return &fault.Error{Kind: fault.Declined, Op: "bridge.operate", Code: p.Code, Detail: "The wallet refused the operation."}
}

// ChooseMethod makes a method the one that the payer pays by. The payment must have an
// action for it; see Payment.MethodAction.
func (c *Change) ChooseMethod(p *Payment, method string, source Source, now time.Time) {
	next, action := *p, *p.MethodAction(method)
	next.Method, next.Action = method, &action
	c.RecordPayment(p, next, News{Source: source}, now)
}

// PayRequest is a request for a way to pay an existing order: the action of its open payment
// again, a method of it, a new attempt, or another wallet.
type PayRequest struct {
	Wallet  string // empty: the open payment's, or else the app's first
	Method  string
	Channel wallet.Channel // becomes the order's, unless a payment is open
	Payer   Payer          // becomes the order's when it has none
	Source  Source
}
