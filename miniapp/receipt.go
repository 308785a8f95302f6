package miniapp

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// Receipt returns the signed proof of the outcome of an order; empty while the order is open,
// and once a wallet has reversed the payment, since the receipt would still say paid.
func (a *API) Receipt(ctx context.Context, o *bridge.Order) (string, error) {
	if !o.Final() || o.Reversed > 0 {
		return "", nil
	}
	receipt := signing.Receipt{
		App: o.App, Order: string(o.ID), Status: string(o.Status),
		Currency: string(o.Amount.Currency), Value: o.Amount.Value(),
		Paid: o.Money(o.Paid).Value(), Refunded: o.Money(o.Refunded).Value(),
	}
	if p := deciding(o); p != nil {
		receipt.Wallet, receipt.WalletPaymentID = p.Wallet, p.Ref().PaymentID
	}
	return a.receipts.issue(receiptKey{receipt, o.Sequence}, func() (token string, err error) {
		if receipt.At, err = a.ended(ctx, o); err != nil {
			return "", err
		}
		return a.tokens.IssueReceipt(receipt)
	})
}

// deciding is the payment that decided the status of the order: the first that was paid,
// or else the newest.
func deciding(o *bridge.Order) *bridge.Payment {
	for i := range o.Payments {
		if o.Payments[i].Status == wallet.Paid {
			return &o.Payments[i]
		}
	}
	return o.LastPayment()
}

// ended is when the order got its status: the wallet's time of payment, or else the time of
// the event, at the cost of a read.
func (a *API) ended(ctx context.Context, o *bridge.Order) (time.Time, error) {
	if p := deciding(o); p != nil && o.Status == wallet.Paid && !p.PaidAt.IsZero() {
		return p.PaidAt, nil
	}
	history, err := a.engine.History(ctx, o.ID)
	if err != nil {
		return time.Time{}, err
	}
	if at := history.Ended(); !at.IsZero() {
		return at, nil
	}
	return o.CreatedAt, nil
}

// status is an order with its receipt. A receipt that cannot be signed now is left out:
// the next request has it.
func (a *API) status(ctx context.Context, o *bridge.Order) statusAnswer {
	receipt, err := a.Receipt(ctx, o)
	if err != nil {
		a.log.Error("receipt not issued; the answer has none; check the signing keys with minitill doctor", "order", o.ID, "fault", err)
	}
	return statusAnswer{Order: view.NewOrder(o, view.ForClient), Receipt: receipt}
}
