package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/wallet"
)

// renotify requests the notifications of payments and refunds whose end a status query has
// found. No order depends on them; they show the operator that notifications arrive.
func (e *Engine) renotify(ctx context.Context, before, after *bridge.Order) {
	for i := range before.Payments {
		p := &after.Payments[i]
		if before.Payments[i].Open() && (p.Status == wallet.Paid || p.Status == wallet.Failed) {
			e.requestNotification(ctx, p.Wallet, func(ctx context.Context, w wallet.Renotifier) error { return w.Renotify(ctx, p.Ref()) })
		}
	}
	for i := range before.Refunds {
		r := &after.Refunds[i]
		if before.Refunds[i].Open() && !r.Open() && r.Sent() {
			p := after.Payment(r.Payment)
			ref := wallet.RefundRef{RequestID: r.RequestID, RefundID: r.WalletRefundID, Payment: p.Ref()}
			e.requestNotification(ctx, p.Wallet, func(ctx context.Context, w wallet.Renotifier) error { return w.RenotifyRefund(ctx, ref) })
		}
	}
}

// requestNotification calls a wallet that can send notifications again; others are skipped.
func (e *Engine) requestNotification(ctx context.Context, walletName string, request func(context.Context, wallet.Renotifier) error) {
	t := e.wallets[walletName]
	if t == nil {
		return
	}
	w, ok := wallet.As[wallet.Renotifier](t.Wallet)
	if !ok {
		return
	}
	_, err := outbound.CallNamed(ctx, e.wallets, walletName, outbound.RequestNotification, func(ctx context.Context, _ *outbound.Wallet) (struct{}, error) { return struct{}{}, request(ctx, w) })
	if err != nil {
		e.log.Warn("a notification could not be requested again", "wallet", walletName, "fault", err)
	}
}
