package export

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// feeColumns are the columns of fees. amount is in the fee's own currency, and negative where
// the wallet gave a fee back.
var feeColumns = []string{"type", "id", "order", "reference", "wallet", "walletId", "fee", "currency", "amount", "at"}

// feePages reads the fees of orders, the newest order first: those of its payments, then those
// of its refunds that succeeded.
func feePages(ctx context.Context, from Source, q *Query) reader {
	next := store.OrderQuery{App: q.App, Status: q.Status, From: q.From, To: q.To, Limit: pageSize}
	return func() (page []row, more bool, err error) {
		list, err := from.Orders(ctx, next)
		if err != nil {
			return nil, false, err
		}
		for i := range list {
			page = append(page, feeRows(&list[i], q)...)
		}
		if more = len(list) == pageSize; more {
			next.Before = list[len(list)-1].ID
		}
		return page, more, nil
	}
}

func feeRows(o *bridge.Order, q *Query) (rows []row) {
	for i := range o.Payments {
		p := &o.Payments[i]
		for _, fee := range p.Fees {
			rows = append(rows, row{
				text("payment"), text(o.ID.PaymentID(p.Number)), text(o.ID), text(o.Reference), text(p.Wallet), text(p.WalletPaymentID),
				text(fee.Type), text(fee.Amount.Currency), number(fee.Amount.Decimal()), q.when(p.PaidAt),
			})
		}
	}
	for i := range o.Refunds {
		r := &o.Refunds[i]
		if r.Status != wallet.RefundSucceeded || r.Fee.IsZero() {
			continue
		}
		name := ""
		if p := o.Payment(r.Payment); p != nil {
			name = p.Wallet
		}
		rows = append(rows, row{
			text("refund"), text(o.ID.RefundID(r.Number)), text(o.ID), text(o.Reference), text(name), text(r.WalletRefundID),
			text("refund"), text(r.Fee.Currency), number(r.Fee.Decimal()), q.when(r.CreatedAt),
		})
	}
	return rows
}
