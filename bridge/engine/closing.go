package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/wallet"
)

// closeOpen cancels open payments at wallets that can, so that a late payer cannot pay. The
// caller calls it when the order is overdue, canceled, or paid by another payment. It does
// not cancel a payment that a notification reports as paid, though the status query lags:
// that would return the money.
func (e *Engine) closeOpen(ctx context.Context, o *bridge.Order, answers, inbox []finding) (closing []finding, err error) {
	for _, f := range answers {
		p := o.Payment(f.payment)
		if p == nil || !p.Open() || f.absent || f.news.Payment.Status != wallet.Pending || notifiedPaid(p, inbox) {
			continue
		}
		canceler, cannot := e.canceler(p.Wallet)
		if cannot != nil {
			continue
		}
		got, callErr := outbound.CallNamed(ctx, e.wallets, p.Wallet, outbound.CancelPayment, func(ctx context.Context, _ *outbound.Wallet) (wallet.Payment, error) {
			return canceler.Cancel(ctx, p.Ref())
		})
		if callErr != nil {
			err = errors.Join(err, callErr)
			continue
		}
		got.RequestID = p.RequestID
		closing = append(closing, finding{payment: p.Number, sentAt: f.sentAt, calls: f.calls, news: bridge.News{
			Source: bridge.FromQuery, Wallet: p.Wallet, Payment: &got, TimedOut: o.Overdue(e.clock()) && o.Closed != wallet.Canceled,
			Queryable: true, Seen: p.Status,
		}})
	}
	return closing, err
}

// notifiedPaid reports whether a notification in the inbox, not yet confirmed, reports a
// payment as paid or authorized.
func notifiedPaid(p *bridge.Payment, inbox []finding) bool {
	return slices.ContainsFunc(inbox, func(f finding) bool {
		news := f.news.Payment
		return news != nil && f.news.Wallet == p.Wallet && bridge.SameRef(news.Ref, p.Ref()) &&
			(news.Status == wallet.Paid || news.Status == wallet.Authorized)
	})
}

// mayEnd reports whether an open payment can be ended: the wallet's last answer proves that
// it is unpaid and stays so, or the wallet has no status query. Without an answer nothing
// ends: unknown is not failed.
func (e *Engine) mayEnd(p *bridge.Payment, answers, inbox []finding) bool {
	t := e.wallets[p.Wallet]
	if t == nil || notifiedPaid(p, inbox) {
		return false
	}
	if !outbound.CanQuery(t) {
		return p.Status != wallet.Created || !p.Calls.Unconfirmed() // a person finds out about a call without an answer
	}
	for i := len(answers) - 1; i >= 0; i-- {
		f := answers[i]
		switch {
		case f.payment != p.Number:
			continue
		case f.absent:
			return !p.Calls.Unconfirmed() || e.conclusive(&f, p.Calls, p.CreatedAt)
		case f.news.Payment.Status == wallet.Pending:
			return !outbound.Can[wallet.Canceler](t.Wallet) // a wallet that can close it has not done so
		}
		return false
	}
	return false
}
