package export

import (
	"context"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// ledgerColumns are the columns of orders and refunds. gross is what was paid, or minus what
// was refunded; net is gross without the wallet's fees. Both are empty until money has moved,
// and net where a fee is in another currency.
var ledgerColumns = []string{
	"type", "id", "order", "status", "reference", "description", "wallet", "walletId", "method", "currency", "amount",
	"gross", "fee", "net", "otherFees", "attention", "createdAt", "paidAt",
}

// orderPages reads orders, the newest first, each with its refunds and reversals behind it.
func orderPages(ctx context.Context, from Source, q *Query) reader {
	next := store.OrderQuery{App: q.App, Status: q.Status, From: q.From, To: q.To, Limit: pageSize}
	return func() (page []row, more bool, err error) {
		list, err := from.Orders(ctx, next)
		if err != nil {
			return nil, false, err
		}
		for i := range list {
			o := &list[i]
			page = append(page, orderRow(o, q))
			for n := range o.Refunds {
				page = append(page, refundRow(o, &o.Refunds[n], q))
			}
			for n := range o.Payments {
				if o.Payments[n].Reversed > 0 {
					page = append(page, reversalRow(o, &o.Payments[n], q))
				}
			}
		}
		if more = len(list) == pageSize; more {
			next.Before = list[len(list)-1].ID
		}
		return page, more, nil
	}
}

// refundPages reads refunds, the newest first.
func refundPages(ctx context.Context, from Source, q *Query) reader {
	next := store.RefundQuery{App: q.App, Limit: pageSize}
	return func() (page []row, more bool, err error) {
		list, err := from.Refunds(ctx, next)
		if err != nil {
			return nil, false, err
		}
		old := true // all of the page: refunds come nearly in the order of their creation
		for i := range list {
			r := refundOf(&list[i])
			if r != nil && q.within(r.CreatedAt) {
				page = append(page, refundRow(&list[i].Order, r, q))
			}
			old = old && r != nil && r.CreatedAt.Before(q.From)
		}
		if more = len(list) == pageSize && !old; more {
			last := &list[len(list)-1]
			next.Before = last.Order.ID.RefundID(last.Number)
		}
		return page, more, nil
	}
}

func refundOf(e *store.RefundEntry) *bridge.Refund {
	for i := range e.Order.Refunds {
		if e.Order.Refunds[i].Number == e.Number {
			return &e.Order.Refunds[i]
		}
	}
	return nil
}

// orderRow is an order with the money of all its payments.
func orderRow(o *bridge.Order, q *Query) row {
	var fees []wallet.Fee
	var p bridge.Payment
	for i := range o.Payments {
		fees = append(fees, o.Payments[i].Fees...)
		if p.Paid == 0 { // the first that was paid, or else the last
			p = o.Payments[i]
		}
	}
	var reasons []string
	for _, why := range o.Attention() {
		reasons = append(reasons, string(why))
	}
	r := row{
		text("order"), text(o.ID), text(o.ID), text(o.Status), text(o.Reference), text(o.Description),
		text(p.Wallet), text(p.WalletPaymentID), text(p.Method), text(o.Amount.Currency), number(o.Amount.Decimal()),
	}
	r = append(r, moneyCells(o.Money(o.Paid), fees)...)
	return append(r, text(strings.Join(reasons, " ")), q.when(o.CreatedAt), q.when(p.PaidAt))
}

// refundRow is a refund. One that has not succeeded has moved no money.
func refundRow(o *bridge.Order, refund *bridge.Refund, q *Query) row {
	var walletName, method string
	if p := o.Payment(refund.Payment); p != nil {
		walletName, method = p.Wallet, p.Method
	}
	moved := o.Money(0)
	var fees []wallet.Fee
	if refund.Status == wallet.RefundSucceeded {
		moved.Minor = -refund.Amount
		if refund.Fee.Positive() {
			fees = append(fees, wallet.Fee{Type: "refund", Amount: refund.Fee})
		}
	}
	amount := o.Money(-refund.Amount)
	r := row{
		text("refund"), text(o.ID.RefundID(refund.Number)), text(o.ID), text(refund.Status), text(o.Reference), text(refund.Reason),
		text(walletName), text(refund.WalletRefundID), text(method), text(o.Amount.Currency), number(amount.Decimal()),
	}
	r = append(r, moneyCells(moved, fees)...)
	return append(r, text(""), q.when(refund.CreatedAt), text(""))
}

// reversalRow is what a wallet took back of a payment.
func reversalRow(o *bridge.Order, p *bridge.Payment, q *Query) row {
	back := o.Money(-p.Reversed)
	r := row{
		text("reversal"), text(o.ID.PaymentID(p.Number)), text(o.ID), text(p.Status), text(o.Reference), text(""),
		text(p.Wallet), text(p.WalletPaymentID), text(p.Method), text(o.Amount.Currency), number(back.Decimal()),
	}
	r = append(r, moneyCells(back, nil)...)
	return append(r, text(""), q.when(p.ReversedAt), text(""))
}

// moneyCells are gross, fee, net and the fees in other currencies.
func moneyCells(gross wallet.Money, fees []wallet.Fee) []cell {
	if gross.IsZero() {
		return []cell{number(""), number(""), number(""), text("")}
	}
	own, others := gross.Zero(), []string(nil)
	for _, fee := range fees {
		sum, err := own.Add(fee.Amount)
		if err != nil { // of another currency
			others = append(others, fee.Amount.String())
			continue
		}
		own = sum
	}
	net := ""
	if rest, err := gross.Sub(own); err == nil && len(others) == 0 {
		net = rest.Decimal()
	}
	return []cell{number(gross.Decimal()), number(own.Decimal()), number(net), text(strings.Join(others, ", "))}
}
