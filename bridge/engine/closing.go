package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/wallet"
)

// closeOpen closes, at wallets that can, what is still open when the order's time is up,
// when it was canceled, or when its money is there, so that a payer who comes late is
// turned away there. What the wallet has told of as paid is not closed, though its query
// does not say so yet: that would give the money back.
func (e *Engine) closeOpen(ctx context.Context, o *bridge.Order, answers, earlier []finding) (closing []finding, err error) {
	for _, f := range answers {
		p := o.Payment(f.payment)
		if p == nil || !p.Open() || f.absent || f.news.Payment.Status != wallet.Pending || toldPaid(p, earlier) {
			continue
		}
		canceler, cannot := e.canceler(p.Wallet)
		if cannot != nil {
			continue
		}
		got, callErr := outbound.CallNamed(ctx, e.wallets, p.Wallet, func(ctx context.Context, _ *outbound.Wallet) (wallet.Payment, error) {
			return canceler.Cancel(ctx, p.Ref())
		})
		if callErr != nil {
			err = errors.Join(err, callErr)
			continue
		}
		got.RequestID = p.RequestID
		closing = append(closing, finding{payment: p.Number, asked: f.asked, calls: f.calls, news: bridge.News{
			Source: bridge.FromQuery, Wallet: p.Wallet, Payment: &got, TimedOut: o.Overdue(e.clock()) && o.Closed != wallet.Canceled,
			Askable: true, Seen: p.Status,
		}})
	}
	return closing, err
}

// toldPaid says that a kept notification, not yet borne out, says that a payment has
// money.
func toldPaid(p *bridge.Payment, earlier []finding) bool {
	return slices.ContainsFunc(earlier, func(f finding) bool {
		news := f.news.Payment
		return news != nil && f.news.Wallet == p.Wallet && bridge.SameRef(news.Ref, p.Ref()) &&
			(news.Status == wallet.Paid || news.Status == wallet.Authorized)
	})
}

// mayEnd says that the wallet's last word on an open payment is that it is unpaid and
// will stay so, or that the wallet cannot be asked at all. Without a word, nothing ends:
// unknown is not failed.
func (e *Engine) mayEnd(p *bridge.Payment, answers, earlier []finding) bool {
	t := e.wallets[p.Wallet]
	if t == nil || toldPaid(p, earlier) {
		return false
	}
	if !outbound.CanAsk(t) {
		return p.Status != wallet.Created || !p.Calls.Doubtful() // what it never answered is a person's to find out
	}
	for i := len(answers) - 1; i >= 0; i-- {
		f := answers[i]
		switch {
		case f.payment != p.Number:
			continue
		case f.absent:
			return !p.Calls.Doubtful() || e.conclusive(&f, p.Calls, p.CreatedAt)
		case f.news.Payment.Status == wallet.Pending:
			return !outbound.Can[wallet.Canceler](t.Wallet) // a wallet that can close it has not done so
		}
		return false
	}
	return false
}
