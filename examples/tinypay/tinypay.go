package tinypay

import (
	"context"
	"net/http"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Wallet is one account at Tiny Pay.
type Wallet struct {
	base wire.Base
	http *http.Client
	now  func() time.Time
	key  *signing.HMAC
}

var (
	_ wallet.Querier       = (*Wallet)(nil)
	_ wallet.Refunder      = (*Wallet)(nil)
	_ wallet.RefundQuerier = (*Wallet)(nil)
	_ wallet.Notifier      = (*Wallet)(nil)
)

// CreatePayment opens a payment. The provider finds the payment of an id that it has seen, so
// a request whose answer was lost can be sent again.
func (w *Wallet) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	const op = "tinypay.CreatePayment"
	if err := wire.CheckAmount(op, req.Amount); err != nil {
		return wallet.Payment{}, err
	}
	const longestTitle = 64 // characters
	body := wire.NewObject().Text("id", req.RequestID).Text("amount", req.Amount.Value()).Text("currency", string(req.Amount.Currency)).
		Text("title", wire.Truncate(req.Description, longestTitle)).Text("notify", req.NotifyURL).End()
	return w.payment(ctx, op, "/pay", req.RequestID, body)
}

// QueryPayment returns the present state of a payment.
func (w *Wallet) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return w.payment(ctx, "tinypay.QueryPayment", "/query", ref.RequestID, wire.NewObject().Text("id", ref.RequestID).End())
}

func (w *Wallet) payment(ctx context.Context, op, path, id string, body []byte) (wallet.Payment, error) {
	r, err := w.call(ctx, op, path, id, body)
	if err != nil {
		return wallet.Payment{}, err
	}
	p, err := r.asPayment()
	if err != nil {
		return wallet.Payment{}, wire.Unknown(op, err)
	}
	return p, nil
}

// Refund returns money to the payer, wholly or in part. The same RequestID yields the same refund.
func (w *Wallet) Refund(ctx context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	const op = "tinypay.Refund"
	if err := wire.CheckAmount(op, req.Amount); err != nil {
		return wallet.Refund{}, err
	}
	body := wire.NewObject().Text("id", req.RequestID).Text("payment", req.Payment.RequestID).
		Text("amount", req.Amount.Value()).Text("currency", string(req.Amount.Currency)).End()
	return w.refund(ctx, op, "/refund", req.RequestID, body)
}

// QueryRefund returns the present state of a refund.
func (w *Wallet) QueryRefund(ctx context.Context, ref wallet.RefundRef) (wallet.Refund, error) {
	return w.refund(ctx, "tinypay.QueryRefund", "/refund/query", ref.RequestID, wire.NewObject().Text("id", ref.RequestID).End())
}

func (w *Wallet) refund(ctx context.Context, op, path, id string, body []byte) (wallet.Refund, error) {
	r, err := w.call(ctx, op, path, id, body)
	if err != nil {
		return wallet.Refund{}, err
	}
	refund, err := r.asRefund()
	if err != nil {
		return wallet.Refund{}, wire.Unknown(op, err)
	}
	return refund, nil
}
