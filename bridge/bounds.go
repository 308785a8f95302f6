package bridge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// ReserveRefund records a pending refund, which reserves its money before the engine sends
// the refund to the wallet. A refund that req.Guard stops waits for approval. It returns the
// number of the refund. keyDigest is
// idempotency.Once.KeyDigest of the request; able reports whether a wallet can refund.
//
// Faults: Invalid; Conflict when nothing is left; Unsupported when what is left is at
// wallets that cannot refund, which raises a flag.
func (c *Change) ReserveRefund(req *RefundRequest, keyDigest string, able func(walletName string) bool, now time.Time) (int, error) {
	const op = "bridge.Refund"
	o := &c.Order
	p, amount, err := o.Refundable(req, able)
	if fault.KindOf(err) == fault.Unsupported && err != nil {
		c.RaiseOrderAttention(RefundImpossible, req.Source, now)
	}
	if err != nil {
		return 0, err
	}
	number := len(o.Refunds) + 1
	if number > maxOperations {
		return 0, fault.New(fault.Conflict, op, "The order has too many refunds.")
	}
	r := Refund{
		Number: number, Payment: p.Number, Status: wallet.RefundPending, RequestID: c.requestID(OpRefund, number),
		Amount: amount, Reason: req.Reason, KeyDigest: keyDigest, CreatedAt: now, Calls: Calls{1, now},
	}
	if req.Guard.stops(o, amount) {
		req.Guard.await(&r, p, o.Sequence, now)
	}
	c.Record(RefundPending, req.Source, now, EventData{Refund: &r})
	return number, nil
}

// maxOperations bounds the payments, and the refunds, of one order: their numbers are
// part of request ids.
const maxOperations = 9999

// Refundable returns the payment that a refund is taken from, and the sum in minor units. It
// changes nothing.
//
// Faults: those of Change.ReserveRefund.
func (o *Order) Refundable(req *RefundRequest, able func(string) bool) (*Payment, int64, error) {
	const op = "bridge.Refund"
	if req.Amount != (wallet.Money{}) && req.Amount.Currency != o.Amount.Currency {
		return nil, 0, fault.InvalidField(op, "amount.currency", "must be "+string(o.Amount.Currency))
	}
	if req.Amount != (wallet.Money{}) && req.Amount.Minor <= 0 {
		return nil, 0, fault.InvalidField(op, "amount", "must be more than zero")
	}
	if req.Payment != 0 && o.Payment(req.Payment) == nil {
		return nil, 0, fault.InvalidField(op, "payment", "is not a payment of this order")
	}
	var have, can []*Payment
	for i := range o.Payments {
		p := &o.Payments[i]
		if o.Left(p) <= 0 || req.Payment != 0 && p.Number != req.Payment {
			continue
		}
		have = append(have, p)
		if able(p.Wallet) {
			can = append(can, p)
		}
	}
	switch {
	case len(have) == 0:
		return nil, 0, fault.New(fault.Conflict, op, "Nothing is left to refund.")
	case len(can) == 0:
		return nil, 0, fault.New(fault.Unsupported, op, "The wallet cannot refund: "+o.describeLeft(have)+".")
	case req.Amount == (wallet.Money{}) && len(can) == 1:
		return can[0], o.Left(can[0]), nil
	case req.Amount == (wallet.Money{}):
		return nil, 0, fault.InvalidField(op, "payment", "must name one of: "+o.describeLeft(can))
	}
	for _, p := range can {
		if req.Amount.Minor <= o.Left(p) {
			return p, req.Amount.Minor, nil
		}
	}
	return nil, 0, fault.InvalidField(op, "amount", "must be at most what one payment has left: "+o.describeLeft(can))
}

// describeLeft lists what may still be refunded of each payment, for people.
func (o *Order) describeLeft(payments []*Payment) string {
	list := make([]string, len(payments))
	for i, p := range payments {
		list[i] = fmt.Sprintf("%s at %s has %s", o.ID.PaymentID(p.Number), p.Wallet, o.Money(o.Left(p)))
	}
	return strings.Join(list, ", ")
}

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

// RefundRequest is a request for a refund of captured money to the payer.
type RefundRequest struct {
	Amount  wallet.Money // zero: all that is left
	Payment int          // the number of the payment it is taken from; zero: the first that has enough left
	Reason  string
	Source  Source
	Guard   *RefundGuard // nil: the refund needs no approval
}
