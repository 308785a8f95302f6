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

// ReserveRefund makes money unavailable to any other refund before the wallet is asked.
// able says whether a wallet can refund.
//
// Faults: Invalid; Conflict when nothing is left; Unsupported when what is left is at
// wallets that cannot refund, which is flagged.
func (c *Change) ReserveRefund(req *RefundRequest, mark string, able func(walletName string) bool, now time.Time) (int, error) {
	const op = "bridge.Refund"
	o := &c.Order
	p, amount, err := o.Refundable(req, able)
	if fault.KindOf(err) == fault.Unsupported && err != nil {
		c.RaiseOrder(RefundImpossible, req.Source, now)
	}
	if err != nil {
		return 0, err
	}
	number := len(o.Refunds) + 1
	if number > maxOperations {
		return 0, fault.New(fault.Conflict, op, "The order has too many refunds.")
	}
	c.Record(RefundPending, req.Source, now, EventData{Refund: &Refund{
		Number: number, Payment: p.Number, Status: wallet.RefundPending, RequestID: c.requestID(OpRefund, number),
		Amount: amount, Reason: req.Reason, Mark: mark, CreatedAt: now, Calls: Calls{1, now},
	}})
	return number, nil
}

// maxOperations bounds the payments, and the refunds, of one order: their numbers are
// part of request ids.
const maxOperations = 9999

// Refundable is the payment that a refund is taken from, and its sum in minor units.
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
		return nil, 0, fault.New(fault.Unsupported, op, "The wallet cannot refund: "+o.lefts(have)+".")
	case req.Amount == (wallet.Money{}) && len(can) == 1:
		return can[0], o.Left(can[0]), nil
	case req.Amount == (wallet.Money{}):
		return nil, 0, fault.InvalidField(op, "payment", "must name one of: "+o.lefts(can))
	}
	for _, p := range can {
		if req.Amount.Minor <= o.Left(p) {
			return p, req.Amount.Minor, nil
		}
	}
	return nil, 0, fault.InvalidField(op, "amount", "must be at most what one payment has left: "+o.lefts(can))
}

// lefts says what each of some payments has left, for people.
func (o *Order) lefts(payments []*Payment) string {
	list := make([]string, len(payments))
	for i, p := range payments {
		list[i] = fmt.Sprintf("%s at %s has %s", o.ID.PaymentID(p.Number), p.Wallet, o.Money(o.Left(p)))
	}
	return strings.Join(list, ", ")
}

// ReserveOperation writes a capture or void down before the wallet is asked. Asking for
// the same again returns it as it is.
//
// Faults: Conflict when nothing is held, or another operation is open; Invalid.
func (c *Change) ReserveOperation(want Operation, currency wallet.Currency, source Source, mark string, now time.Time) (number int, again bool, err error) {
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
	next.Operation, next.Mark = &want, mark
	c.Record(PaymentUpdated, source, now, EventData{Payment: &next})
	return next.Number, false, nil
}

// HeldPayment is the payment that holds money, or nil. One that is authorized comes
// before money that is held though its payment has ended.
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

// Payable says whether a payment of the order may be opened or answered.
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

// OpenPayment starts a new attempt to pay the order at a wallet.
//
// Faults: Conflict.
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

// Adopt notes who pays, where the order has no payer, and where, together with a new
// attempt. An attempt that was asked for keeps what it was asked with: a repeat of it must
// be the same request.
func (c *Change) Adopt(req *PayRequest, now time.Time) {
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

// Recount writes down how often a wallet was asked for a payment, or for the operation
// that is open on it.
func (c *Change) Recount(number int, calls Calls, operation bool, now time.Time) {
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

// RecountRefund writes down how often a wallet was asked for a refund.
func (c *Change) RecountRefund(number int, calls Calls, now time.Time) {
	if r := c.Order.Refunds[number-1]; !r.Calls.Same(calls) {
		r.Calls = calls
		c.Record(RefundUpdated, FromTime, now, EventData{Refund: &r})
		c.counted++
	}
}

// Refuse ends a payment that the wallet has refused to open, for sure.
func (c *Change) Refuse(number int, code string, now time.Time) {
	if p := c.Order.Payment(number); p.Open() {
		next := *p
		next.Status, next.Code, next.Action, next.Places = wallet.Failed, wallet.MaskCardNumbers(code), nil, nil
		c.Record(PaymentUpdated, FromWallet, now, EventData{Payment: &next})
	}
}

// RefuseOperation forgets an operation that the wallet has refused, for sure; the money is
// still held.
func (c *Change) RefuseOperation(number int, code string, now time.Time) {
	if next := *c.Order.Payment(number); next.Operation != nil {
		next.Operation, next.Code = nil, wallet.MaskCardNumbers(code)
		c.Record(PaymentUpdated, FromWallet, now, EventData{Payment: &next})
	}
}

// Close forbids that a payment of the order is opened from now on. The first reason
// stays, but an order that expired may be canceled.
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

// EndOpen ends the open payments of which the wallet's last word is that they are not
// paid and will not be, once the order's time is up or it was canceled. mayEnd says which
// these are.
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

// OperationFault is what became of an operation that was asked for before.
func (p *Payment) OperationFault() error {
	if !p.Held() {
		return nil
	}
	return &fault.Error{Kind: fault.Declined, Op: "bridge.operate", Code: p.Code, Detail: "The wallet refused the operation."}
}

// ChoosePlace makes a method whose place is known the one that the payer pays by.
func (c *Change) ChoosePlace(p *Payment, method string, source Source, now time.Time) {
	next, action := *p, *p.Place(method)
	next.Method, next.Action = method, &action
	c.recordPayment(p, next, News{Source: source}, now)
}

// PayRequest asks for a way to pay an order that exists: its open payment's action
// again, a method of it, a new attempt, or another wallet.
type PayRequest struct {
	Wallet  string // empty: the open payment's, or else the app's first
	Method  string
	Channel wallet.Channel // becomes the order's, unless a payment is open
	Payer   Payer          // becomes the order's when it has none
	Source  Source
}

// RefundRequest asks for money to go back to the payer.
type RefundRequest struct {
	Amount  wallet.Money // zero: all that is left
	Payment int          // the number of the payment it is taken from; zero: the one that has it
	Reason  string
	Source  Source
}
